import type { Command } from "commander";
import { signingAlgorithms } from "../engine/client";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { reencryptKeys } from "./key-reencrypt";
import { rotateKeys } from "./key-rotate";
import { formatKeyTable, toKeysJson } from "./key-output";
import { withdrawKey } from "./key-withdraw";
import { makeChoiceParser } from "./options";

/** `polymint key …` */
export function addKey(program: Command): void {
  const key = program.command("key").description("the keys that sign tokens; the public ones are at /.well-known/jwks.json");
  const list = key
    .command("list")
    .description("every key, with its state: next, active, retired, expired or withdrawn")
    .action(makeAction(listKeys));
  addExamples(list, "key list", "key list --json");
  addRotate(key);
  addWithdraw(key);
  addReencrypt(key);
  addExamples(key, "key list", "key rotate --alg RS256", "key withdraw V3yH7bqGQ6mRmN0JYqkPzq5w1m9uXo2sT4cLr8aEdFg");
}

function addRotate(key: Command): void {
  const rotate = key
    .command("rotate")
    .description("make a new key, which is published now and signs KEY_LEAD_SECONDS later; if one waits already, there is nothing to do")
    .option(
      "--alg <algorithm>",
      `one of ${signingAlgorithms.join(", ")}; every algorithm that has keys otherwise`,
      makeChoiceParser(signingAlgorithms),
    )
    .option("--now", "sign with it at once, whether or not verifiers know it yet")
    .action(makeAction(rotateKeys));
  addExamples(rotate, "key rotate", "key rotate --alg RS256", "key rotate --alg ES256 --now");
}

function addWithdraw(key: Command): void {
  const withdraw = key
    .command("withdraw")
    .description("take a key that leaked out of use for good: its tokens count no more, and within a second nothing is signed with it")
    .argument("<kid>", "as `polymint key list` shows it")
    .option("--yes", "do not ask")
    .action(makeAction(withdrawKey));
  const kid = "V3yH7bqGQ6mRmN0JYqkPzq5w1m9uXo2sT4cLr8aEdFg";
  addExamples(withdraw, `key withdraw ${kid}`, `key withdraw ${kid} --yes --json`);
}

function addReencrypt(key: Command): void {
  const reencrypt = key
    .command("reencrypt")
    .description(
      "seal every key under a new master key, all or none: POLYMINT_MASTER_KEY is the old one, POLYMINT_NEW_MASTER_KEY the new one",
    )
    .option("--new-key-file <file>", "read the new master key from there instead; - for standard input")
    .action(makeAction(reencryptKeys));
  addExamples(
    reencrypt,
    "key reencrypt",
    "key reencrypt --new-key-file /run/secrets/new-master-key",
    "key reencrypt --new-key-file - < new-key",
  );
}

async function listKeys(): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeSigningKeys } = await import("../store/signing-keys.js");
  return withSession(async ({ database, clock }) => {
    const rows = await makeSigningKeys(database).list();
    const keys = toKeysJson(rows, clock());
    return {
      json: { keys },
      text: keys.length === 0 ? "There are no keys yet; the server makes them when it starts." : formatKeyTable(keys),
    };
  });
}
