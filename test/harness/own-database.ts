/** A database for one test file, and rows for its ledger. */
import type { LedgerEntry } from "../../src/engine/ports/ledger";
import { makeJti } from "../../src/engine/jti";
import type { AssertionUse } from "../../src/engine/redemption";
import { type Database, type DatabaseSettings, openDatabase } from "../../src/store/database";
import { makeTestDatabase } from "../../src/testkit/test-database";

/** 2026-01-15T12:00:00Z, in epoch milliseconds. */
export const now = Date.UTC(2026, 0, 15, 12);
export const daySeconds = 86_400;

/** A database for one test file, with as many connection pools as the test needs. */
export interface OwnDatabase {
  connection: Record<string, unknown>;
  /** Opens a pool, with long time limits by default. */
  open(settings?: Partial<DatabaseSettings>): Database;
  /** Closes all pools. */
  close(): Promise<void>;
  /** Closes all pools and drops the database. */
  drop(): Promise<void>;
}

export async function makeOwnDatabase(): Promise<OwnDatabase> {
  const own = await makeTestDatabase(process.env.DATABASE_URL);
  const opened: Database[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
  };
  return {
    connection: own.connection,
    open: (settings) => {
      const patient = { poolMax: 8, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 };
      const database = openDatabase({ connection: own.connection, ...patient, ...settings });
      opened.push(database);
      return database;
    },
    close,
    drop: async () => {
      await close();
      await own.drop();
    },
  };
}

/** Makes a row of the ledger, which expires in two hours by default. */
export function makeLedgerEntry(fields: Partial<LedgerEntry> = {}): LedgerEntry {
  const issuedAt = now / 1000;
  const usual = { contract: "abbeycross", clientId: "client", grant: "client_credentials", subject: "client", actor: null, scope: "a b" };
  return { jti: makeJti(now), issuedAt, expiresAt: issuedAt + 7200, ...usual, ...fields };
}

export function makeAssertionUse(jti: string, fields: Partial<AssertionUse> = {}): AssertionUse {
  return { clientId: "client", jti, expiresAt: now / 1000 + 60, usableFrom: now / 1000 - 60, ...fields };
}

/** @returns those of these jtis that are in the ledger */
export async function findInLedger(database: Database, jtis: readonly string[]): Promise<Set<string>> {
  const found = await database.build((knex) =>
    knex("issued_tokens")
      .whereRaw("jti = ANY (?::uuid[])", [[...jtis]])
      .pluck<string[]>("jti"),
  );
  return new Set(found);
}

/** 32 bytes in place of the digest of a secret. */
export function digestOf(secret: string): Buffer {
  return Buffer.from(secret.padEnd(32, "."));
}

/** @returns the reason of a rejection @throws Error if the promise is not rejected */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (reason) {
    return reason;
  }
  throw new Error("The promise was not rejected.");
}
