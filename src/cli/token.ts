import type { Command } from "commander";
import { addExamples, type CommandOutput, formatDetails, makeAction } from "./output";
import { makeNumberParser, omitUndefined } from "./options";
import { formatTokenTable, makeTokenNotFound, toTokenJson } from "./token-output";
import { addTokenRevoke } from "./token-revoke";

interface ListTokensOptions {
  client?: string;
  contract?: string;
  active?: true;
  limit: number;
}

/** `polymint token …` */
export function addToken(program: Command): void {
  const token = program.command("token").description("tokens that were issued, as the ledger has them; the tokens themselves are not kept");
  const list = token
    .command("list")
    .description("newest first")
    .option("--client <id>", "of this client only")
    .option("--contract <contract>", "of this contract only")
    .option("--active", "neither expired nor revoked")
    .option("--limit <n>", "how many at most", makeNumberParser(1, 10_000), 50)
    .action(makeAction(listTokens));
  addExamples(list, "token list", "token list --client acme --active --limit 10", "token list --contract raidiam --json");
  const show = token
    .command("show")
    .description("everything the ledger has on a token")
    .argument("<jti>", "the token's jti")
    .action(makeAction(showToken));
  addExamples(show, "token show 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d", "token show 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d --json");
  addTokenRevoke(token);
  addExamples(token, "token list --active", "token revoke 0198c9a1-7c1e-7d3a-9b1f-2f5a0e6b7c8d");
}

async function listTokens({ client, contract, active, limit }: ListTokensOptions): Promise<CommandOutput> {
  const { withSession, requireContract } = await import("./session.js");
  const { makeLedgerReader } = await import("../store/ledger/reader.js");
  return withSession(async (session) => {
    requireContract(contract, session);
    const now = session.clock();
    const found = await makeLedgerReader(session.database).list({ ...omitUndefined({ clientId: client, contract, active }), limit }, now);
    const tokens = found.map((record) => toTokenJson(record, now));
    return { json: { tokens }, text: tokens.length === 0 ? "There are no such tokens." : formatTokenTable(tokens) };
  });
}

async function showToken(jti: string): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeLedgerReader } = await import("../store/ledger/reader.js");
  return withSession(async ({ database, clock }) => {
    const record = await makeLedgerReader(database).findByJti(jti);
    if (record === undefined) throw makeTokenNotFound(jti);
    const json = toTokenJson(record, clock());
    return { json: { ...json }, text: formatDetails({ ...json }) };
  });
}
