import type { Command } from "commander";
import { longestTokenSeconds } from "../config";
import { ConfigurationError } from "../config-reader";
import { type SigningAlgorithm, signingAlgorithms } from "../engine/types";
import { endOf, nextGeneration, statesAt } from "../keys/lifecycle";
import { makeSigningKey, openSigningKey, type SigningKeyRow } from "../keys/signing-key";
import { Conflict, NotFound } from "../store/outcomes";
import { examples } from "./help";
import { oneOf } from "./options";
import { answering, iso, isoOrNull, type Shown, table } from "./output";
import type { Session } from "./session";

interface RotateOptions {
  alg?: SigningAlgorithm;
  now?: true;
}

const cachedWarning =
  "Servers that cache the key set refuse tokens of the new key until they fetch it again; without --now they learn of it in time.";

/** `polymint key …` */
export function addKey(program: Command): void {
  const key = program.command("key").description("the keys that sign tokens; the public ones are at /.well-known/jwks.json");
  const list = key.command("list").description("every key, with its state: next, active, retired or expired").action(answering(listKeys));
  examples(list, "key list", "key list --json");
  const rotate = key
    .command("rotate")
    .description("make a new key, which is published now and signs KEY_LEAD_SECONDS later")
    .option(
      "--alg <algorithm>",
      `one of ${signingAlgorithms.join(", ")}; every algorithm that has keys otherwise`,
      oneOf(signingAlgorithms),
    )
    .option("--now", "sign with it at once, as after a leak of the old one")
    .action(answering(rotateKeys));
  examples(rotate, "key rotate", "key rotate --alg RS256", "key rotate --alg ES256 --now");
  examples(key, "key list", "key rotate --alg RS256");
}

async function listKeys(): Promise<Shown> {
  const { inSession } = await import("./session.js");
  const { makeSigningKeys } = await import("../store/signing-keys.js");
  return inSession(async ({ database, clock }) => {
    const rows = await makeSigningKeys(database).list();
    const keys = keysJson(rows, clock());
    return { json: { keys }, text: keys.length === 0 ? "There are no keys yet; the server makes them when it starts." : keyTable(keys) };
  });
}

async function rotateKeys({ alg, now }: RotateOptions): Promise<Shown> {
  const { inSession } = await import("./session.js");
  return inSession((session) => rotate(session, alg, now === true));
}

async function rotate(session: Session, alg: SigningAlgorithm | undefined, atOnce: boolean): Promise<Shown> {
  const { makeSigningKeys } = await import("../store/signing-keys.js");
  const store = makeSigningKeys(session.database);
  const before = await store.list();
  mustOpen(before, session.masterKey);
  const algorithms = alg === undefined ? [...new Set(before.map(({ algorithm }) => algorithm))] : [alg];
  if (algorithms.length === 0)
    throw new NotFound("there are no keys yet; name an algorithm with --alg, or start the server, which makes them");
  const waiting = algorithms.filter((algorithm) => stateIn(before, algorithm, session.clock()).includes("next"));
  const made = new Set<string>();
  for (const algorithm of algorithms) {
    const row = await newKey(session, before, algorithm, atOnce);
    if (!(await store.insertIfAbsent(row)))
      throw new Conflict(`somebody rotated ${algorithm} at this moment, and that key counts; see \`polymint key list\``);
    made.add(row.kid);
  }
  const keys = keysJson(await store.list(), session.clock()).filter(({ kid }) => made.has(kid));
  const warnings = [
    ...(atOnce ? [cachedWarning] : []),
    ...waiting.map((algorithm) => `A next ${algorithm} key was waiting already; the new one comes after it.`),
  ];
  return { json: { keys }, text: keyTable(keys), warnings };
}

/** The first key of an algorithm signs at once: there is none before it that could. */
function newKey(session: Session, before: readonly SigningKeyRow[], algorithm: SigningAlgorithm, atOnce: boolean): Promise<SigningKeyRow> {
  const createdAt = Math.floor(session.clock() / 1000);
  const generation = nextGeneration(before, algorithm);
  const activeFrom = atOnce || generation === 1 ? createdAt : createdAt + session.config.keyLeadSeconds;
  return makeSigningKey(algorithm, generation, { createdAt, activeFrom }, session.masterKey);
}

/** A key sealed under another master key than the others could be opened by no server. */
function mustOpen(rows: readonly SigningKeyRow[], masterKey: Buffer): void {
  try {
    for (const row of rows.slice(-1)) openSigningKey(row, masterKey);
  } catch {
    throw new ConfigurationError(["POLYMINT_MASTER_KEY is not the one this database was set up with"]);
  }
}

function stateIn(rows: readonly SigningKeyRow[], algorithm: SigningAlgorithm, now: number): string[] {
  const states = statesAt(rows, now, { longestTokenSeconds });
  return rows.filter((row) => row.algorithm === algorithm).map((row) => states.get(row.kid) ?? "");
}

type KeyJson = ReturnType<typeof keysJson>[number];

/** @param now epoch milliseconds */
function keysJson(rows: readonly SigningKeyRow[], now: number) {
  const states = statesAt(rows, now, { longestTokenSeconds });
  return rows.map((row) => {
    const end = endOf(row, rows, { longestTokenSeconds });
    return {
      kid: row.kid,
      algorithm: row.algorithm,
      state: states.get(row.kid) ?? "next",
      generation: row.generation,
      created_at: iso(row.createdAt),
      active_from: iso(row.activeFrom),
      retires_at: isoOrNull(end?.retiresAt),
      expires_at: isoOrNull(end?.expiresAt),
    };
  });
}

function keyTable(keys: readonly KeyJson[]): string {
  const headings = ["KID", "ALGORITHM", "STATE", "CREATED", "SIGNS FROM", "RETIRES", "EXPIRES"];
  return table(
    headings,
    keys.map((key) => [key.kid, key.algorithm, key.state, key.created_at, key.active_from, key.retires_at, key.expires_at]),
  );
}
