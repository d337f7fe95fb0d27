import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import pino from "pino";
import { wiring } from "../../generated/wiring";
import { type AppOptions, createApp, type PolymintApp } from "../app";
import { makePeerOf } from "../http/peer";
import { longestTokenSeconds } from "../engine/lifetimes";
import { makeSecretDigest } from "../secrets/secret";
import { makeRegister, type Register } from "../registration/register";
import { close, listen, makeServer } from "../server/http-server";
import { makeClientAdmin } from "../store/clients/admin";
import { type Database, openDatabase } from "../store/database";
import { makeProgrammes } from "../store/programmes/programmes";
import { logLines, testClock } from "./clock-and-log";
import type { FixedClock, TestOptions, TestPolymint } from "./options";
import { seedTestClients } from "./seed";
import { makeTestDatabase, type TestDatabase } from "./test-database";
import { planTls } from "./tls";
import { makeWeavrKit, type SentOtp } from "./weavr";

export type { FixedClock, TestOptions, TestPolymint } from "./options";
export type { SeededClient, SeededPerson, SeededUser } from "./seed";
export type { SentOtp, TestDelegatedClient } from "./weavr";
export { freePort, type TestTls } from "./tls";

/** 2026-01-15T12:00:00Z */
const someThursday = Date.UTC(2026, 0, 15, 12);

/**
 * Starts a Polymint for a test suite.
 * @example
 * const polymint = await startPolymint();
 * const { clientId, secret } = polymint.clients["my-contract"];
 * await request(polymint.url).post("/oauth/token").auth(clientId, secret).expect(200);
 * await polymint.stop();
 */
export async function startPolymint(options: TestOptions = {}): Promise<TestPolymint> {
  const own = await makeTestDatabase(options.databaseUrl ?? process.env.DATABASE_URL);
  const statements: string[] = [];
  const database = openOwn(own, options, (sql) => statements.push(sql));
  const clock = testClock(options.startAt ?? someThursday, options.timePasses ?? false);
  const secrets = { pepper: randomBytes(32), masterKey: randomBytes(32) };
  const { lines: logs, stream } = logLines();
  const otps: SentOtp[] = [];
  const tls = await planTls(options.tls);
  const issuer = options.issuer ?? "http://polymint.test";
  const identity = { issuer, tlsUrl: tls.url };
  const shared = { ...appOptionsOf(options, clock, otps), identity, secrets, clock, log: pino({ level: "debug" }, stream) };
  const register = registerOn(database, secrets.pepper, clock);

  const running: (() => Promise<void>)[] = [];
  const letGo = async (): Promise<void> => {
    for (const stop of running) await stop();
    await database.close();
    await own.drop();
  };
  const start = async () => {
    const polymint = createApp({ ...shared, database, observer: options.watch?.({ database, clock }) });
    const seeded = await seedTestClients(wiring, { register, database, clock });
    const serving = await serve(polymint);
    running.push(() => tls.close(), serving.stop);
    await tls.open(polymint.app);
    return { ...serving, ...seeded };
  };
  const { url, server, clients, programmeId, user, person } = await start().catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  const digest = makeSecretDigest(secrets.pepper);
  return {
    ...{ url, server, tlsUrl: tls.url, issuer, clock, clients, user, person, register, database, ...secrets },
    ...makeWeavrKit({ database, digest, clock, programmeId, user }),
    ...{ otps, logs, statements },
    another: async () => {
      const ownDatabase = openOwn(own, options);
      running.unshift(() => ownDatabase.close());
      const second = await serve(createApp({ ...shared, database: ownDatabase }));
      running.unshift(second.stop);
      return { url: second.url };
    },
    stop: letGo,
  };
}

function openOwn(own: TestDatabase, options: TestOptions, onStatement?: (sql: string) => void): Database {
  const { poolMax = 8, connectTimeoutMs = 10_000, statementTimeoutMs = 10_000 } = options;
  const connection = options.connectThrough?.(own.connection) ?? own.connection;
  return openDatabase({
    connection,
    poolMax,
    connectTimeoutMs,
    statementTimeoutMs,
    ...(onStatement === undefined ? {} : { onStatement }),
  });
}

function registerOn(database: Database, pepper: Buffer, clock: FixedClock): Register {
  const contracts = new Map(wiring.map(({ name, policy }) => [name, policy]));
  const stores = { admin: makeClientAdmin(database), programmes: makeProgrammes(database) };
  return makeRegister({ ...stores, digest: makeSecretDigest(pepper), clock, longestTokenSeconds, contracts });
}

/** What a test may choose of an app. */
function appOptionsOf(options: TestOptions, clock: FixedClock, otps: SentOtp[]) {
  const { trustedProxies = [], otpSender, maxInFlight, refreshGraceSeconds, algorithms, opensAt } = options;
  const collect = { send: (sent: SentOtp) => Promise.resolve(void otps.push(sent)) };
  const bringsCertificates = options.tls !== undefined || trustedProxies.length > 0;
  return {
    contracts: { enabled: options.contracts, ...(opensAt && { opensAt }) },
    tokens: { ...(algorithms && { algorithms }), ...(refreshGraceSeconds !== undefined && { refreshGraceSeconds }) },
    edge: {
      ...(maxInFlight !== undefined && { maxInFlight }),
      ...(bringsCertificates && { peerOf: makePeerOf({ clientCa: options.tls?.clientCa, trustedProxies, clock }) }),
      requestWaitMs: options.requestWaitMs,
    },
    limits: { ...(options.limits && { limits: options.limits }), counts: options.counts },
    otpSender: otpSender === null ? undefined : (otpSender ?? collect),
    testing: { makeLedger: options.makeLedger, validateResponses: options.validateResponses ?? true },
  } satisfies Partial<AppOptions>;
}

async function serve(polymint: PolymintApp): Promise<{ url: string; server: Server; stop: () => Promise<void> }> {
  const server = makeServer(polymint.app);
  await polymint.warmed;
  const url = `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`;
  const stop = async (): Promise<void> => {
    await close(server, 5_000);
    await polymint.drained();
  };
  return { url, server, stop };
}
