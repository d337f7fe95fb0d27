import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import pino from "pino";
import { type AppOptions, createApp, type PolymintApp } from "../app";
import { placeContracts } from "../contracts/address";
import { joinContracts } from "../contracts/registry";
import type { WiredContract } from "../contracts/wire";
import { makePeerOf } from "../http/peer";
import { makeTransportSecurity } from "../http/transport-security";
import { listAlgorithmsInUse } from "../engine/algorithms";
import { longestTokenSeconds } from "../engine/client";
import { makeSecretDigest } from "../secrets/secret";
import { makeRegister, type Register } from "../registration/register";
import { makeConnections } from "../server/connections";
import { close, listen, makeServer } from "../server/http-server";
import { makeClientAdmin } from "../store/clients/admin";
import { type Database, openDatabase } from "../store/database";
import { makeProgrammes } from "../store/programmes/programmes";
import { makeLogCollector, makeTestClock } from "./clock-and-log";
import type { FixedClock, TestOptions, TestPolymint } from "./options";
import { seedTestClients } from "./seed";
import { seedSigningKeys } from "./signing-keys";
import { makeTestDatabase, type TestDatabase } from "./test-database";
import { makeTlsListener } from "./tls";
import { makeDemoRequests } from "./demo-requests";
import { sendRequest } from "./send-request";
import { makeProgrammeKit, type SentOtp } from "./programme-kit";

export type { FixedClock, OtherServerOptions, TestOptions, TestPolymint } from "./options";
export type { SeededClient, SeededPerson, SeededUser } from "./seed";
export type { SentOtp, TestDelegatedClient } from "./programme-kit";
export type { MakeDemoRequest } from "./demo-requests";
export { encodeRequest, type EncodedRequest, type PlainResponse, sendRequest } from "./send-request";
export { findFreePort, type TestTls } from "./tls";

/** 2026-01-15T12:00:00Z */
const defaultStartAt = Date.UTC(2026, 0, 15, 12);

/**
 * Starts a Polymint for a test suite.
 * @example
 * const polymint = await startPolymint();
 * const { clientId, secret } = polymint.clients["my-contract"];
 * await request(polymint.url).post("/oauth/token").auth(clientId, secret).expect(200);
 * await polymint.stop();
 */
export async function startPolymint(options: TestOptions = {}): Promise<TestPolymint> {
  const contracts = joinContracts(options.wiring);
  const testDatabase = await makeTestDatabase(options.databaseUrl ?? process.env.DATABASE_URL);
  const statements: string[] = [];
  const database = openTestDatabase(testDatabase, options, (sql) => statements.push(sql));
  const clock = makeTestClock(options.startAt ?? defaultStartAt, options.timePasses ?? false);
  const secrets = { pepper: randomBytes(32), masterKey: randomBytes(32) };
  const { lines: logs, stream } = makeLogCollector();
  const otps: SentOtp[] = [];
  const tls = await makeTlsListener(options.tls);
  const issuer = options.issuer ?? "http://polymint.test";
  const identity = { issuer, tlsUrl: tls.url };
  const shared = { ...chooseAppOptions(options, clock, otps), identity, secrets, clock, log: pino({ level: "debug" }, stream) };
  const register = makeTestRegister(database, secrets.pepper, clock, { ...options, contracts });

  const stops: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops) await stop();
    await database.close();
    await testDatabase.drop();
  };
  const start = async () => {
    await seedSigningKeys(listAlgorithmsInUse(contracts, options.algorithms ?? new Map()), {
      database,
      clock,
      masterKey: secrets.masterKey,
    });
    const polymint = createApp({ ...shared, database, observer: options.makeObserver?.({ database, clock }) });
    const seeded = await seedTestClients(contracts, { register, database, clock, issuer });
    const listening = await startListening(polymint, issuer);
    stops.push(() => tls.close(), listening.stop);
    await tls.open(polymint.app);
    return { ...listening, ...seeded, faults: polymint.faults };
  };
  const { url, server, faults, clients, programmeId, user, person } = await start().catch(async (error: unknown) => {
    await stopAll();
    throw error;
  });
  const digest = makeSecretDigest(secrets.pepper);
  const placed = placeContracts(contracts, { prefixes: options.prefixes, hosts: options.hosts });
  const facts = { contracts: placed, clients, person, user, database, digest, clock, url, issuer };
  const makeDemoRequest = makeDemoRequests(facts);
  return {
    ...{ url, server, faults, tlsUrl: tls.url, issuer, clock, clients, user, person, register, database, ...secrets },
    ...makeProgrammeKit({ database, digest, clock, programmeId, user }),
    ...{ otps, logs, statements },
    makeDemoRequest,
    sendDemoRequest: async (contract) => sendRequest(url, await makeDemoRequest(contract)),
    startAnother: async ({ starting = false, ...changed } = {}) => {
      const ownDatabase = openTestDatabase(testDatabase, options);
      stops.unshift(() => ownDatabase.close());
      // Without a database it never gets its keys.
      if (starting) await ownDatabase.close();
      const second = createApp({ ...shared, ...chooseAppOptions({ ...options, ...changed }, clock, otps), database: ownDatabase });
      const listening = await startListening({ ...second, ...(starting && { warmed: expectFailure(second.warmed) }) }, issuer);
      stops.unshift(listening.stop);
      return { url: listening.url };
    },
    stop: stopAll,
  };
}

function openTestDatabase(testDatabase: TestDatabase, options: TestOptions, onStatement?: (sql: string) => void): Database {
  const { poolMax = 8, connectTimeoutMs = 10_000, statementTimeoutMs = 10_000 } = options;
  const connection = options.connectThrough?.(testDatabase.connection) ?? testDatabase.connection;
  return openDatabase({
    connection,
    poolMax,
    connectTimeoutMs,
    statementTimeoutMs,
    ...(onStatement === undefined ? {} : { onStatement }),
  });
}

function makeTestRegister(
  database: Database,
  pepper: Buffer,
  clock: FixedClock,
  { algorithms = new Map(), contracts: all }: Pick<TestOptions, "algorithms"> & { contracts: readonly WiredContract[] },
): Register {
  const contracts = new Map(all.map(({ name, policy }) => [name, policy]));
  const stores = { admin: makeClientAdmin(database), programmes: makeProgrammes(database) };
  return makeRegister({ ...stores, digest: makeSecretDigest(pepper), clock, longestTokenSeconds, contracts, algorithms });
}

/** @returns the options of `createApp` that a test may choose */
function chooseAppOptions(options: TestOptions, clock: FixedClock, otps: SentOtp[]) {
  const {
    trustedProxies = [],
    clientCertHeader,
    otpSender,
    maxInFlight,
    refreshGraceSeconds,
    assertionMaxSeconds,
    userLogins,
    algorithms,
    opensAt,
    sandbox,
  } = options;
  const collector = { send: (sent: SentOtp) => Promise.resolve(void otps.push(sent)) };
  const readsPeers = options.tls !== undefined || trustedProxies.length > 0;
  return {
    contracts: {
      wiring: options.wiring,
      enabled: options.contracts,
      prefixes: options.prefixes,
      hosts: options.hosts,
      ...(opensAt && { opensAt }),
    },
    tokens: {
      ...(algorithms && { algorithms }),
      ...(refreshGraceSeconds !== undefined && { refreshGraceSeconds }),
      ...(assertionMaxSeconds !== undefined && { assertionMaxSeconds }),
      ...(userLogins && { userLogins }),
    },
    edge: {
      ...(maxInFlight !== undefined && { maxInFlight }),
      ...(readsPeers && {
        peerOf: makePeerOf({ clientCa: options.tls?.clientCa, tls: options.tls !== undefined, trustedProxies, clientCertHeader, clock }),
      }),
      requestWaitMs: options.requestWaitMs,
    },
    limits: { ...(options.limits && { limits: options.limits }), counts: options.counts },
    sandbox: sandbox === true ? {} : sandbox === false ? undefined : sandbox,
    otpSender: otpSender === null ? undefined : (otpSender ?? collector),
    testing: {
      makeLedger: options.makeLedger,
      makeRemoteKeys: options.makeRemoteKeys,
      validateResponses: options.validateResponses ?? true,
    },
  } satisfies Partial<AppOptions>;
}

async function expectFailure(work: Promise<void>): Promise<void> {
  const failure: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (failure === undefined) throw new Error("the server has started");
}

async function startListening(polymint: PolymintApp, issuer: string): Promise<{ url: string; server: Server; stop: () => Promise<void> }> {
  const server = makeServer(polymint.app, { connections: makeConnections(), headers: makeTransportSecurity(issuer, false) });
  await polymint.warmed;
  const url = `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`;
  const stop = async (): Promise<void> => {
    await close(server, 5_000);
    await polymint.drainLedger();
  };
  return { url, server, stop };
}
