import { setTimeout as sleep } from "node:timers/promises";
import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint } from "../../../src/testkit";
import { type FaultyWire, makeFaultyWire } from "../../harness/faulty-wire";
import { type Answer, type Draft, send } from "./request-builder";
import { oauth2Rows } from "./rows/oauth2";
import { pageRows } from "./rows/pages";
import { raidiamRows } from "./rows/raidiam";
import { screeningEagleRows } from "./rows/screening-eagle";
import { stepUpRows } from "./rows/step-up";
import { weavrRows } from "./rows/weavr";
import { secretsIn } from "./secrets";
import { mustFitContract, mustServe } from "./matrix";
import type { World } from "./fixture";

const world = {} as World;
let wire: FaultyWire;
/** A way to the database that nothing happens to. */
let other: Database;

beforeAll(async () => {
  wire = await makeFaultyWire();
  let direct: Record<string, unknown> = {};
  world.polymint = await startPolymint({
    connectThrough: (connection) => wire.through((direct = connection)),
    statementTimeoutMs: 1_000,
    trustedProxies: ["127.0.0.1"],
  });
  other = openDatabase({ connection: direct, poolMax: 3, connectTimeoutMs: 20_000, statementTimeoutMs: 30_000 });
});
afterAll(async () => {
  await other.close();
  await world.polymint.stop();
  await wire.close();
});

const rows = [screeningEagleRows, raidiamRows, weavrRows, oauth2Rows, stepUpRows, pageRows].flatMap((rowsOf) => rowsOf(world));
const flows = new Map(rows.map(({ flow }) => [flow.name, flow]));

const seAway = "500 Internal Server Error: The service cannot answer at the moment. Try again shortly.";
const oauthAway = "503 temporarily_unavailable: The service is temporarily unavailable.";

/** Requests that use something up, the table whose writing ends them, and what is said while the database does not answer in time. */
const middles: [flow: string, table: string, late: string][] = [
  ["screening-eagle, authorization_code", "issued_tokens", seAway],
  ["screening-eagle, refresh_token", "issued_tokens", seAway],
  ["raidiam, device_code", "issued_tokens", "504"],
  ["raidiam, device_code with an assertion", "issued_tokens", "504"],
  ["weavr, one-time token", "issued_tokens", "503"],
];

/**
 * The same of requests that end in a single statement, without a transaction. A database that is late has not carried it
 * out; what one did that dropped the connection, nobody can know.
 */
const ends: typeof middles = [
  ["raidiam, private_key_jwt", "issued_tokens", "504"],
  ["weavr, client assertion", "issued_tokens", "503"],
  ["raidiam, /device_authorization with an assertion", "device_codes", "504"],
  ["raidiam, /device_authorization with an assertion", "used_assertions", "504"],
  ["/oauth2/introspect with an assertion", "used_assertions", oauthAway],
  ["/oauth2/revoke with an assertion", "used_assertions", oauthAway],
  ["/oauth2/revoke of access_token", "issued_tokens", oauthAway],
  ["/oauth2/revoke of refresh_token", "token_families", oauthAway],
  ["weavr, verification", "otp_challenges", "503"],
  ["weavr, verification", "auth_tokens", "503"],
  ["/consent", "authorization_codes", "303 https://app.example.net: temporarily_unavailable: The server cannot answer right now."],
  ["/device, decided", "device_codes", "503 We cannot answer right now"],
];

/** Sends a request that stops where it would write to this table. @param fault what happens then */
async function interrupted(draft: Draft, table: string, fault: () => void): Promise<Answer> {
  return other.transaction(async (transaction) => {
    await transaction.raw("LOCK TABLE ?? IN SHARE MODE", [table]);
    const sent = send(world.polymint.url, draft);
    await Promise.race([sent, waitsFor(table)]);
    fault();
    return sent;
  });
}

async function waitsFor(table: string): Promise<void> {
  const waiting = async () =>
    (
      await other.build((knex) =>
        knex.raw<{ rows: unknown[] }>("SELECT FROM pg_locks WHERE NOT granted AND relation = ?::regclass", [table]),
      )
    ).rows;
  while ((await waiting()).length === 0) await sleep(20);
}

/** Until the server has noticed which of its connections are gone. */
async function mended(): Promise<void> {
  wire.mend();
  for (let good = 0; good < 3; good += 1) {
    await sleep(50);
    await world.polymint.database.ping().catch(() => (good = 0));
  }
}

async function prove(name: string, table: string, says: string, outcome: string, fault: () => void): Promise<void> {
  const flow = flows.get(name);
  if (flow === undefined) throw new Error(`there is no ${name}`);
  const { url, logs } = world.polymint;
  // Once without trouble: afterwards everything is there that is made only once.
  const before = await flow.draft();
  await mustServe(flow, await send(url, before), before);

  const draft = await flow.draft();
  const logged = logs.length;
  const answer = await interrupted(draft, table, fault);
  expect(flow.voice.said(answer)).toBe(says);
  mustFitContract(answer, flow.voice, draft);
  const lines = logs.slice(logged);
  expect(lines).toEqual([expect.objectContaining({ outcome, detail: expect.stringMatching(/\S/) as string })]);
  for (const secret of secretsIn(draft)) expect(JSON.stringify(lines)).not.toContain(secret);

  await mended();
  await mustServe(flow, await send(url, draft), draft);
}

describe("a database that does not answer in time", () => {
  it.each([...middles, ...ends])("costs %s nothing, when it comes to %s", async (name, table, says) => {
    await prove(name, table, says, "dependency_timeout", () => undefined);
  });
});

describe("a database that drops its connections", () => {
  const said: Record<string, string> = { "504": "502" };
  it.each(middles)("costs %s nothing, when it comes to %s", async (name, table, late) => {
    await prove(name, table, said[late] ?? late, "dependency_unreachable", () => wire.cut());
  });
});
