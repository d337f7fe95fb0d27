/**
 * A Polymint in a process of its own, since the requests might crash it. It sends its URL and its clients to the test, and on
 * demand the memory that it uses after garbage collection.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { wiring } from "../../../generated/wiring";
import { createApp } from "../../../src/app";
import { longestTokenSeconds } from "../../../src/engine/client";
import { makeSecret, makeSecretDigest } from "../../../src/secrets/secret";
import { makeRegister } from "../../../src/registration/register";
import { listen, makeServer } from "../../../src/server/http-server";
import { makeAuthTokens } from "../../../src/store/programmes/auth-tokens";
import { makeClientAdmin } from "../../../src/store/clients/admin";
import { openDatabase } from "../../../src/store/database";
import { makeProgrammes } from "../../../src/store/programmes/programmes";
import { seedTestClients } from "../../../src/testkit/seed";
import { makeTestDatabase } from "../../../src/testkit/test-database";
import type { MemoryUse, ServerIntroduction, KnownValues } from "./known-values";

const now = Date.UTC(2026, 0, 15, 12);
const clock = () => now;
const issuer = "http://polymint.test";
/** Each assertion is valid once; there are enough for some to be unused at the end. */
const assertionCount = 2_000;

async function main(): Promise<void> {
  const own = await makeTestDatabase(process.env.DATABASE_URL);
  const patience = { connectTimeoutMs: 30_000, statementTimeoutMs: 30_000 };
  const database = openDatabase({ connection: own.connection, poolMax: 8, ...patience });
  const pepper = randomBytes(32);
  const digest = makeSecretDigest(pepper);
  const log = pino({ level: "info" }, logDestination());
  const polymint = createApp({ database, clock, log, identity: { issuer }, secrets: { pepper, masterKey: randomBytes(32) } });
  const contracts = new Map(wiring.map(({ name, policy }) => [name, policy]));
  const admin = { admin: makeClientAdmin(database), programmes: makeProgrammes(database) };
  const register = makeRegister({ ...admin, digest, clock, longestTokenSeconds, contracts });
  const { clients, user } = await seedTestClients(wiring, { register, database, clock, issuer });
  await polymint.warmed;
  const server = makeServer(polymint.app);
  const port = await listen(server, "127.0.0.1", 0);

  const authToken = makeSecret("auth_token");
  await makeAuthTokens({ database, digest }).issue(authToken, user.id, "STANDARD", now);
  const known: KnownValues = {
    clients: Object.fromEntries(Object.entries(clients).map(([name, { clientId, secret }]) => [name, { id: clientId, secret }])),
    assertions: Array.from({ length: assertionCount }, () => clients.raidiam?.assertion(issuer) ?? ""),
    authToken,
    identities: user.identities.map(({ id }) => id),
  };
  process.send?.({ url: `http://127.0.0.1:${port}`, known } satisfies ServerIntroduction);

  process.on("message", () => void measureMemory().then((measured) => process.send?.(measured)));
  process.on("disconnect", () => {
    server.closeAllConnections();
    server.close();
    void polymint
      .drainLedger()
      .then(() => database.close())
      .then(() => own.drop())
      .finally(() => process.exit());
  });
}

/** A file beside the recorded exchanges, which the test searches for secrets. Without a recorder there is no log. */
function logDestination(): pino.DestinationStream {
  const folder = process.env.EXCHANGES_FOLDER;
  if (folder === undefined) return { write: () => undefined };
  return pino.destination({ dest: join(folder, `${process.pid}.log`), sync: true });
}

/** Defined because of `--expose-gc`. */
const { gc: collectGarbage } = globalThis as { gc?: () => void };

/** Measures memory after several collections, since one frees what only the next can return. */
async function measureMemory(): Promise<MemoryUse> {
  for (let times = 0; times < 4; times += 1) {
    collectGarbage?.();
    await sleep(100);
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

void main();
