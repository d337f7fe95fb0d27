import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { Writable } from "node:stream";
import pino from "pino";
import { wiring } from "../../generated/wiring";
import { type AppDeps, createApp } from "../app";
import { makePeerOf } from "../certificates/peer-of";
import { longestTokenSeconds } from "../config";
import type { OtpSender } from "../engine/ports";
import type { SigningAlgorithm } from "../engine/types";
import { makeSecretDigest } from "../keys/secret";
import { makeRegister, type Register } from "../registry/register";
import { close, listen, makeServer } from "../server";
import { makeClientAdmin } from "../store/client-admin";
import { type Database, openDatabase } from "../store/database";
import { makeProgrammes } from "../store/programmes";
import { type SeededClient, type SeededPerson, type SeededUser, seedTestClients } from "./seed";
import { makeTestDatabase } from "./test-database";
import { makeWeavrKit, type SentOtp, type WeavrKit } from "./weavr";
import { planTls, type TestTls } from "./tls";

export type { SeededClient, SeededPerson, SeededUser } from "./seed";
export type { SentOtp, TestDelegatedClient } from "./weavr";
export { freePort, type TestTls } from "./tls";

/** A clock that stands still until it is told to move, unless time was told to pass. */
export interface FixedClock {
  /** Epoch milliseconds. */
  (): number;
  advance(seconds: number): void;
}

export interface TestOptions {
  /** Epoch milliseconds at which the clock stands at first. */
  startAt?: number;
  /** Lets time pass from there, for other people's programs, which have clocks of their own. */
  timePasses?: boolean;
  /** URL of a PostgreSQL server where databases may be made; default `DATABASE_URL`, else the embedded one. */
  databaseUrl?: string;
  /** `iss`; default `http://polymint.test`. */
  issuer?: string;
  /** Listens with TLS too, and asks for client certificates there. */
  tls?: TestTls;
  /** Addresses and networks whose forwarding headers are believed; default none. */
  trustedProxies?: readonly string[];
  /** Contracts switched on; default all. */
  dialects?: readonly string[];
  algorithms?: ReadonlyMap<string, SigningAlgorithm>;
  maxInFlight?: number;
  /** Seconds in which a client whose answer was lost gets the same refresh token again; default 10. */
  refreshGraceSeconds?: number;
  /** Brings one-time passwords to people; by default they are collected in `otps`. Null for none. */
  otpSender?: OtpSender | null;
  /** Builds the ledger in the real one's place. */
  makeLedger?: AppDeps["makeLedger"];
  /** Check every JSON answer against its spec; default true. */
  validateResponses?: boolean;
  /** Another way to the database, for tests of faults on that way. */
  connectThrough?: (connection: Record<string, unknown>) => Record<string, unknown>;
  /** Milliseconds; default 10,000 each, since a test machine may be busy. */
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
}

/** A whole Polymint of one's own: its own database, a client for each contract, and time standing still. */
export interface TestPolymint extends WeavrKit {
  /** Where it listens, for supertest: `request(polymint.url)`. */
  url: string;
  server: Server;
  /** Where it listens with TLS, if it was told to. */
  tlsUrl: string | undefined;
  issuer: string;
  clock: FixedClock;
  /** One per contract, by its name. */
  clients: Readonly<Record<string, SeededClient>>;
  /** A ROOT user of the weavr client's programme with two identities. */
  user: SeededUser;
  /** Somebody who can log in at the pages. */
  person: SeededPerson;
  /** Registers more clients. */
  register: Register;
  database: Database;
  pepper: Buffer;
  masterKey: Buffer;
  /** One-time passwords sent so far. */
  otps: readonly SentOtp[];
  /** Log lines so far. */
  logs: readonly Record<string, unknown>[];
  /** SQL statements sent so far. */
  statements: readonly string[];
  /** Starts a second server on the same database, with the same secrets, clock and issuer; it stops with the first. */
  another(): Promise<{ url: string }>;
  stop(): Promise<void>;
}

/** 2026-01-15T12:00:00Z */
const someThursday = Date.UTC(2026, 0, 15, 12);

/**
 * Starts a Polymint for a test suite.
 * @example
 * const polymint = await startPolymint();
 * const { clientId, secret } = polymint.clients.abbeycross;
 * await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
 * await polymint.stop();
 */
export async function startPolymint(options: TestOptions = {}): Promise<TestPolymint> {
  const own = await makeTestDatabase(options.databaseUrl ?? process.env.DATABASE_URL);
  const statements: string[] = [];
  const timeouts = { connectTimeoutMs: options.connectTimeoutMs ?? 10_000, statementTimeoutMs: options.statementTimeoutMs ?? 10_000 };
  const connection = (options.connectThrough ?? ((same) => same))(own.connection);
  const database = openDatabase({ connection, poolMax: 8, ...timeouts, onStatement: (sql) => statements.push(sql) });
  const clock = testClock(options.startAt ?? someThursday, options.timePasses ?? false);
  const secrets = { pepper: randomBytes(32), masterKey: randomBytes(32) };
  const issuer = options.issuer ?? "http://polymint.test";
  const { lines: logs, stream } = logLines();
  const otps: SentOtp[] = [];
  const otpSender = options.otpSender ?? { send: (sent: SentOtp) => Promise.resolve(void otps.push(sent)) };
  const { dialects, algorithms, maxInFlight, refreshGraceSeconds, trustedProxies = [] } = options;
  const tls = await planTls(options.tls);
  const bringsCertificates = options.tls !== undefined || trustedProxies.length > 0;

  const appOn = (ownDatabase: Database) =>
    createApp({
      database: ownDatabase,
      ...secrets,
      issuer,
      tlsUrl: tls.url,
      peerOf: bringsCertificates ? makePeerOf({ clientCa: options.tls?.clientCa, trustedProxies, clock }) : undefined,
      clock,
      log: pino({ level: "debug" }, stream),
      longestTokenSeconds,
      validateResponses: options.validateResponses ?? true,
      otpSender: options.otpSender === null ? undefined : otpSender,
      ...(dialects === undefined ? {} : { dialects }),
      ...(algorithms === undefined ? {} : { algorithms }),
      ...(maxInFlight === undefined ? {} : { maxInFlight }),
      ...(refreshGraceSeconds === undefined ? {} : { refreshGraceSeconds }),
      ...(options.makeLedger === undefined ? {} : { makeLedger: options.makeLedger }),
    });
  const polymint = appOn(database);
  const digest = makeSecretDigest(secrets.pepper);
  const policies = new Map(wiring.map(({ name, policy }) => [name, policy]));
  const registrar = { admin: makeClientAdmin(database), programmes: makeProgrammes(database), digest, clock, longestTokenSeconds };
  const register = makeRegister({ ...registrar, dialects: policies });
  const server = makeServer(polymint.app);
  const others: (() => Promise<void>)[] = [];
  const letGo = async (): Promise<void> => {
    await tls.close();
    for (const stopOther of others) await stopOther();
    await database.close();
    await own.drop();
  };
  const start = async () => {
    const seeded = await seedTestClients(wiring, { register, database, clock });
    await polymint.warmed;
    await tls.open(polymint.app);
    return { ...seeded, port: await listen(server, "127.0.0.1", 0) };
  };
  const { clients, user, person, port } = await start().catch(async (error: unknown) => {
    await letGo();
    throw error;
  });

  return {
    url: `http://127.0.0.1:${port}`,
    server,
    tlsUrl: tls.url,
    issuer,
    clock,
    clients,
    user,
    person,
    register,
    database,
    ...secrets,
    ...makeWeavrKit({ database, digest, clock, programmeId: clients.weavr?.clientId ?? "", user }),
    otps,
    logs,
    statements,
    another: async () => {
      const ownDatabase = openDatabase({ connection, poolMax: 8, ...timeouts });
      const second = appOn(ownDatabase);
      const secondServer = makeServer(second.app);
      await second.warmed;
      others.push(async () => {
        await close(secondServer, 5_000);
        await second.drained();
        await ownDatabase.close();
      });
      return { url: `http://127.0.0.1:${await listen(secondServer, "127.0.0.1", 0)}` };
    },
    stop: async () => {
      await Promise.all([close(server, 5_000), tls.close()]);
      await polymint.drained();
      await letGo();
    },
  };
}

function testClock(startAt: number, timePasses: boolean): FixedClock {
  const beganAt = performance.now();
  let shift = 0;
  return Object.assign(() => startAt + shift + (timePasses ? Math.floor(performance.now() - beganAt) : 0), {
    advance: (seconds: number) => {
      shift += seconds * 1000;
    },
  });
}

function logLines(): { lines: Record<string, unknown>[]; stream: Writable } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString("utf8")) as Record<string, unknown>);
      done();
    },
  });
  return { lines, stream };
}
