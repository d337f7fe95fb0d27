import { Unavailable } from "../../engine/refusal";
import type { FoundToken, LedgerReader } from "../../engine/ports/ledger";
import { makeBatches } from "../batches";
import type { Database } from "../database";
import { isUuid } from "../database/ids";
import { type IssuedTokenRow, makeColumns, toRecord, withFamily } from "./records";
import { toTimestamp } from "../database/timestamps";
import { revokedAtSql } from "./cutoffs";

type AskedToken = Parameters<LedgerReader["find"]>[0];

interface LookUp {
  asked: AskedToken;
  resolve: (found: FoundToken | undefined) => void;
  reject: (reason: unknown) => void;
}

/** Tokens per statement at most. */
const batchTokens = 64;
/** A second statement is sent while the first is answered. */
const statementsAtOnce = 2;

/**
 * Makes a function that finds tokens. Those that are asked for at the same time share one statement.
 *
 * When a statement fails, its tokens are looked up one by one, so that one that cannot be read fails alone. When the database
 * does not answer in time, the tokens in the queue fail too, because each would wait that long again: its request would keep
 * a place among those in progress long after its caller was refused.
 */
export function makeFindToken(database: Database): LedgerReader["find"] {
  async function run(batch: readonly LookUp[], queue: LookUp[]): Promise<void> {
    try {
      const found = await findAll(
        database,
        batch.map(({ asked }) => asked),
      );
      batch.forEach((lookUp, at) => lookUp.resolve(found.get(at)));
    } catch (reason) {
      if (!(reason instanceof Unavailable) && batch.length > 1) {
        await Promise.all(batch.map((lookUp) => run([lookUp], queue)));
        return;
      }
      const isSlow = reason instanceof Unavailable && reason.kind === "timed_out";
      for (const lookUp of isSlow ? [...batch, ...queue.splice(0)] : batch) lookUp.reject(reason);
    }
  }

  const batches = makeBatches<LookUp>({ atOnce: statementsAtOnce, take: (queue) => queue.splice(0, batchTokens), run });
  return (asked) =>
    new Promise((resolve, reject) => {
      if (isUuid(asked.jti)) batches.add({ asked, resolve, reject });
      else resolve(undefined);
    });
}

interface FoundRow extends IssuedTokenRow {
  /** Which of the tokens that were asked for, from 1. */
  position: string;
  statuses: FoundToken["statuses"];
}

/** @returns what was found, by its place among the tokens that were asked for */
async function findAll(database: Database, asked: readonly AskedToken[]): Promise<Map<number, FoundToken>> {
  const ends = asked.map(({ expiresAt }) => toTimestamp(expiresAt * 1000));
  const values = [asked.map(({ jti }) => jti), ends, asked.map(({ kid }) => kid), ends];
  const { rows } = await database.query<FoundRow>(findStatement, values);
  return new Map(rows.map((row) => [Number(row.position) - 1, { statuses: row.statuses, ...toRecord(row) }]));
}

/** A token is also revoked with the key that signed it. Keys are cached for a second, so this asks the database. */
const revokedAtWithKeySql = `least(${revokedAtSql}, (SELECT withdrawn_at FROM signing_keys WHERE signing_keys.kid = asked.kid))`;

/**
 * `LIMIT` keeps PostgreSQL from joining whole partitions: it looks up each token in the partition of its day. `ANY` tells it
 * when it plans which partitions those are. Without it, it would plan for all of them, and lock them: a look-up would cost more
 * the more there are, and wait while any of them is locked, such as by VACUUM FULL.
 */
const findStatement = {
  name: "ledger_find",
  text: `
    SELECT asked.position, found.*
    FROM unnest(?::uuid[], ?::timestamptz[], ?::text[]) WITH ORDINALITY AS asked (jti, expires_at, kid, position)
    CROSS JOIN LATERAL (
      SELECT ${makeColumns(revokedAtWithKeySql)},
        json_build_object(
          'client', (SELECT status FROM clients WHERE id = issued_tokens.client_id),
          'person', (SELECT status FROM people WHERE id = issued_tokens.subject),
          'identity', (SELECT status FROM identities WHERE id = issued_tokens.subject),
          'user', (SELECT status FROM users WHERE id = issued_tokens.actor),
          'delegate', (
            SELECT status FROM delegated_clients
            JOIN programmes ON programmes.client_id = programme_id AND delegation_enabled
            WHERE delegated_clients.id = issued_tokens.actor AND programme_id = issued_tokens.client_id)
        ) AS statuses
      FROM ${withFamily}
      WHERE issued_tokens.expires_at = asked.expires_at AND issued_tokens.jti = asked.jti
        AND issued_tokens.expires_at = ANY (?::timestamptz[])
      LIMIT 1
    ) found`,
};
