import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import pino from "pino";
import { createApp, type PolymintApp } from "../app";
import { placeContracts } from "../contracts/address";
import { type BuiltInContract, joinContracts } from "../contracts/registry";
import type { WiredContract } from "../contracts/wire";
import { makeTransportSecurity } from "../http/transport-security";
import { sandboxHeaders } from "../sandbox/headers";
import { listAlgorithmsInUse } from "../engine/algorithms";
import { longestTokenSeconds } from "../engine/client";
import { makeSecretDigest } from "../secrets/secret";
import { makeRegister, type Register } from "../registration/register";
import { makeConnections } from "../server/connections";
import { close, makeServer } from "../server/http-server";
import { makeClientAdmin } from "../store/clients/admin";
import { type Database, openDatabase } from "../store/database";
import { makeProgrammes } from "../store/programmes/programmes";
import { makeLogCollector, makeTestClock } from "./clock-and-log";
import { makeSandboxKit } from "./sandbox-kit";
import { chooseAppOptions } from "./app-options";
import { type HeldPort, holdPort, releaseProcess } from "./held-port";
import type { SeededClients, TestClock, TestOptions, TestPolymint } from "./options";
import { seedTestClients } from "./seed";
import { seedSigningKeys } from "./signing-keys";
import { makeTestDatabase, type TestDatabase } from "./test-database";
import { makeTlsListener } from "./tls";
import { makeDemoRequests } from "./demo-requests";
import { sendRequest } from "./send-request";
import { makeProgrammeKit, type SentOtp } from "./programme-kit";

export type { OtherServerOptions, SeededClients, TestClock, TestOptions, TestPolymint } from "./options";
export type { SeededClient, SeededPerson, SeededUser } from "./seed";
export type { SentOtp, TestDelegatedClient } from "./programme-kit";
export type { MakeDemoRequest } from "./demo-requests";
export type { RecordedExchange } from "../sandbox/recorder/exchange";
export type { SandboxKit, TestFault } from "./sandbox-kit";
export { encodeRequest, type EncodedRequest, type PlainResponse, sendRequest } from "./send-request";
export { findFreePort } from "./held-port";
export type { TestTls } from "./tls";

/**
 * Starts a Polymint for a test suite.
 * @example
 * await using polymint = await startPolymint();
 * const { clientId, secret } = polymint.clients["my-contract"];
 * await request(polymint.url).post("/oauth/token").auth(clientId, secret).expect(200);
 * @throws Error if a part cannot be started; then nothing is left running
 */
export async function startPolymint<const Wiring extends readonly WiredContract[] = readonly []>(
  options: TestOptions<Wiring> = {},
): Promise<TestPolymint<BuiltInContract | NameOf<Wiring>>> {
  const stops: Stop[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= runInReverse(stops));
  try {
    return { ...(await startParts<BuiltInContract | NameOf<Wiring>>(options, stops)), stop, [asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where the runtime has no such symbol, compilers take this one for `await using`. */
const asyncDispose: typeof Symbol.asyncDispose =
  (Symbol as { asyncDispose?: typeof Symbol.asyncDispose }).asyncDispose ??
  (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);

/** The names of contracts that were compiled with their names. */
type NameOf<Wiring extends readonly WiredContract[]> = string extends Wiring[number]["name"] ? never : Wiring[number]["name"];

type Stop = () => Promise<void>;

async function runInReverse(stops: Stop[]): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
}

/** @param stops gets what ends the parts, as they start */
async function startParts<Name extends string>(
  options: TestOptions,
  stops: Stop[],
): Promise<Omit<TestPolymint<Name>, "stop" | typeof Symbol.asyncDispose>> {
  const contracts = joinContracts(options.wiring);
  const { held, url, issuer, tls, testDatabase, statements, database } = await openResources(options, stops);
  const clock = makeTestClock(options);
  const secrets = { pepper: randomBytes(32), masterKey: randomBytes(32) };
  const { lines: logs, stream } = makeLogCollector();
  const otps: SentOtp[] = [];
  const shared = {
    ...chooseAppOptions(options, clock, otps),
    ...{ identity: { issuer, tlsUrl: tls.url }, secrets, clock, log: pino({ level: "debug" }, stream) },
  };
  const register = makeTestRegister(database, secrets.pepper, clock, { ...options, contracts });
  await seedSigningKeys(listAlgorithmsInUse(contracts, options.algorithms ?? new Map()), { database, clock, masterKey: secrets.masterKey });
  const polymint = createApp({ ...shared, database, observer: options.makeObserver?.({ database, clock }) });
  const { clients, programmeId, user, person } = await seedTestClients(contracts, { register, database, clock, issuer });
  const server = await startListening(polymint, issuer, held, stops);
  await tls.open(polymint.app);
  const digest = makeSecretDigest(secrets.pepper);
  const placed = placeContracts(contracts, { prefixes: options.prefixes, hosts: options.hosts });
  const { faults } = polymint;
  const makeDemoRequest = makeDemoRequests({ contracts: placed, clients, person, user, database, digest, clock, url, issuer });
  return {
    ...{
      url,
      server,
      faults,
      tlsUrl: tls.url,
      issuer,
      clock,
      clients: clients as SeededClients<Name>,
      user,
      person,
      register,
      database,
      ...secrets,
    },
    ...makeSandboxKit<Name>(polymint),
    ...makeProgrammeKit({ database, digest, clock, programmeId, user }),
    ...{ otps, logs, statements },
    makeDemoRequest,
    sendDemoRequest: async (contract) => sendRequest(url, await makeDemoRequest(contract)),
    startAnother: async ({ starting = false, ...changed } = {}) => {
      const ownDatabase = openTestDatabase(testDatabase, options);
      stops.push(() => ownDatabase.close());
      // Without a database it never gets its keys.
      if (starting) await ownDatabase.close();
      const second = createApp({ ...shared, ...chooseAppOptions({ ...options, ...changed }, clock, otps), database: ownDatabase });
      const own = await holdPort(0);
      await startListening({ ...second, ...(starting && { warmed: expectFailure(second.warmed) }) }, issuer, own, stops);
      return { url: `http://127.0.0.1:${own.port}` };
    },
  };
}

/** Takes the ports, and makes the database. */
async function openResources(options: TestOptions, stops: Stop[]) {
  const held = await holdPort(options.port ?? 0);
  stops.push(() => held.release());
  const url = `http://127.0.0.1:${held.port}`;
  const testDatabase = await makeTestDatabase(options.databaseUrl ?? process.env.DATABASE_URL);
  stops.push(() => testDatabase.drop());
  const statements: string[] = [];
  const database = openTestDatabase(testDatabase, options, (sql) => statements.push(sql));
  stops.push(() => database.close());
  const tls = await makeTlsListener(options.tls);
  stops.push(() => tls.close());
  return { held, url, issuer: options.issuer ?? url, tls, testDatabase, statements, database };
}

function openTestDatabase(testDatabase: TestDatabase, options: TestOptions, onStatement?: (sql: string) => void): Database {
  const { poolMax = 8, connectTimeoutMs = 10_000, statementTimeoutMs = 10_000, pooler } = options;
  const connection = options.connectThrough?.(testDatabase.connection) ?? testDatabase.connection;
  return openDatabase({
    connection,
    poolMax,
    connectTimeoutMs,
    statementTimeoutMs,
    holdsProcess: false,
    ...(pooler && { pooler }),
    ...(onStatement && { onStatement }),
  });
}

function makeTestRegister(
  database: Database,
  pepper: Buffer,
  clock: TestClock,
  { algorithms = new Map(), contracts: all }: Pick<TestOptions, "algorithms"> & { contracts: readonly WiredContract[] },
): Register {
  const contracts = new Map(all.map(({ name, policy }) => [name, policy]));
  const stores = { admin: makeClientAdmin(database), programmes: makeProgrammes(database) };
  return makeRegister({ ...stores, digest: makeSecretDigest(pepper), clock, longestTokenSeconds, contracts, algorithms });
}

async function expectFailure(work: Promise<void>): Promise<void> {
  const failure: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (failure === undefined) throw new Error("the server has started");
}

async function startListening(polymint: PolymintApp, issuer: string, held: HeldPort, stops: Stop[]): Promise<Server> {
  const headers = { ...makeTransportSecurity(issuer, false), ...(polymint.faults && sandboxHeaders) };
  const server = makeServer(polymint.app, { connections: makeConnections(), headers });
  releaseProcess(server);
  await polymint.warmed;
  await held.handOver(server);
  stops.push(async () => {
    await close(server, 5_000);
    await polymint.drainLedger();
  });
  return server;
}
