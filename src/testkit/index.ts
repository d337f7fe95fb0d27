import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { Writable } from "node:stream";
import pino from "pino";
import { wiring } from "../../generated/wiring";
import { createApp } from "../app";
import { longestTokenSeconds } from "../config";
import type { SigningAlgorithm } from "../engine/types";
import { makeSecretDigest } from "../keys/secret";
import { makeRegister, type Register } from "../registry/register";
import { close, listen, makeServer } from "../server";
import { makeClientAdmin } from "../store/client-admin";
import { type Database, openDatabase } from "../store/database";
import { makeProgrammes } from "../store/programmes";
import { type SeededClient, type SeededUser, seedTestClients } from "./seed";
import { makeTestDatabase } from "./test-database";

export type { SeededClient, SeededUser } from "./seed";

/** A clock that stands still until it is told to move. */
export interface FixedClock {
  /** Epoch milliseconds. */
  (): number;
  advance(seconds: number): void;
}

export interface TestOptions {
  /** Epoch milliseconds at which the clock stands at first. */
  startAt?: number;
  /** URL of a PostgreSQL server where databases may be made; default `DATABASE_URL`, else the embedded one. */
  databaseUrl?: string;
  /** `iss`; default `http://polymint.test`. */
  issuer?: string;
  /** Contracts switched on; default all. */
  dialects?: readonly string[];
  algorithms?: ReadonlyMap<string, SigningAlgorithm>;
  maxInFlight?: number;
  /** Check every JSON answer against its spec; default true. */
  validateResponses?: boolean;
  /** Another way to the database, for tests of faults on that way. */
  connectThrough?: (connection: Record<string, unknown>) => Record<string, unknown>;
  /** Milliseconds; default 10,000 each, since a test machine may be busy. */
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
}

/** A whole Polymint of one's own: its own database, a client for each contract, and time standing still. */
export interface TestPolymint {
  /** Where it listens, for supertest: `request(polymint.url)`. */
  url: string;
  server: Server;
  issuer: string;
  clock: FixedClock;
  /** One per contract, by its name. */
  clients: Readonly<Record<string, SeededClient>>;
  /** A ROOT user of the weavr client's programme with two identities. */
  user: SeededUser;
  /** Registers more clients. */
  register: Register;
  database: Database;
  pepper: Buffer;
  masterKey: Buffer;
  /** Log lines so far. */
  logs: readonly Record<string, unknown>[];
  /** SQL statements sent so far. */
  statements: readonly string[];
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
  const clock = fixedClock(options.startAt ?? someThursday);
  const secrets = { pepper: randomBytes(32), masterKey: randomBytes(32) };
  const issuer = options.issuer ?? "http://polymint.test";
  const { lines: logs, stream } = logLines();
  const { dialects, algorithms, maxInFlight } = options;

  const polymint = createApp({
    database,
    ...secrets,
    issuer,
    clock,
    log: pino({ level: "debug" }, stream),
    longestTokenSeconds,
    validateResponses: options.validateResponses ?? true,
    ...(dialects === undefined ? {} : { dialects }),
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(maxInFlight === undefined ? {} : { maxInFlight }),
  });
  const digest = makeSecretDigest(secrets.pepper);
  const policies = new Map(wiring.map(({ name, policy }) => [name, policy]));
  const registrar = { admin: makeClientAdmin(database), programmes: makeProgrammes(database), digest, clock, longestTokenSeconds };
  const register = makeRegister({ ...registrar, dialects: policies });
  const server = makeServer(polymint.app);
  const letGo = async (): Promise<void> => {
    await database.close();
    await own.drop();
  };
  const start = async () => {
    const seeded = await seedTestClients(wiring, { register, database, clock });
    await polymint.warmed;
    return { ...seeded, port: await listen(server, "127.0.0.1", 0) };
  };
  const { clients, user, port } = await start().catch(async (error: unknown) => {
    await letGo();
    throw error;
  });

  return {
    url: `http://127.0.0.1:${port}`,
    server,
    issuer,
    clock,
    clients,
    user,
    register,
    database,
    ...secrets,
    logs,
    statements,
    stop: async () => {
      await close(server, 5_000);
      await polymint.drained();
      await letGo();
    },
  };
}

function fixedClock(startAt: number): FixedClock {
  let now = startAt;
  return Object.assign(() => now, {
    advance: (seconds: number) => {
      now += seconds * 1000;
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
