import type { Knex } from "knex";
import type { LedgerReader, LedgerRecord } from "../../engine/ports/ledger";
import type { Database } from "../database";
import { revokeExchanged } from "./exchanges";
import { toTimestamp } from "../database/timestamps";
import type { PageRequest } from "../database/page";
import { isUuid } from "../database/ids";
import { revokedAtSql } from "./cutoffs";
import { makeFindToken } from "./finder";
import { findExpiryBounds } from "./jti-time";
import { type IssuedTokenRow, makeColumns, toRecord, withFamily } from "./records";

export interface LedgerFilter extends PageRequest {
  clientId?: string;
  contract?: string;
  /** A person, a client or an identity. Has no index: tokens are read, the newest first, until there are enough about it. */
  subject?: string;
  /** True: neither expired nor revoked. False: expired or revoked. */
  active?: boolean;
}

/** The ledger as the command line reads it. A token is looked for in the partitions of the days on which it can expire. */
export interface LedgerBrowser extends LedgerReader {
  /**
   * Newest first, sorted by jti, which is the cursor too.
   * @param now epoch milliseconds
   */
  list(filter: LedgerFilter, now: number): Promise<LedgerRecord[]>;
  findByJti(jti: string): Promise<LedgerRecord | undefined>;
  /**
   * Revokes a token with everything that it was exchanged for.
   * @param expiresAt epoch seconds
   * @param at epoch seconds; the first revocation counts, a second is no error
   * @returns false if there is no such token
   */
  revoke(jti: string, expiresAt: number, at: number): Promise<boolean>;
  /**
   * Revokes a token with everything that it was exchanged for.
   * @param at epoch seconds; the first revocation counts, a second is no error
   * @returns false if there is no such token
   */
  revokeByJti(jti: string, at: number): Promise<boolean>;
}

export function makeLedgerReader(database: Database): LedgerBrowser {
  return {
    find: makeFindToken(database),
    async revoke(jti, expiresAt, at) {
      if (!isUuid(jti)) return false;
      const values = [toTimestamp(at * 1000), toTimestamp(expiresAt * 1000), jti];
      const { rows } = await database.query<RevokedRow>(revokeStatement, values);
      return finishRevocation(database, jti, rows, at);
    },
    list: (filter, now) => database.runLongTask((knex) => listRecords(knex, filter, now)),
    async findByJti(jti) {
      if (!isUuid(jti)) return undefined;
      const [row] = await database.runLongTask(async (knex) =>
        selectRows(knex).where("jti", jti).whereBetween("issued_tokens.expires_at", findExpiryBounds(jti)),
      );
      return row && toRecord(row);
    },
    async revokeByJti(jti, at) {
      if (!isUuid(jti)) return false;
      const change = (knex: Knex) => ({ revoked_at: knex.raw("coalesce(revoked_at, ?)", [toTimestamp(at * 1000)]) });
      const rows = await database.runLongTask(async (knex) =>
        knex("issued_tokens")
          .where("jti", jti)
          .whereBetween("expires_at", findExpiryBounds(jti))
          .update(change(knex))
          .returning<RevokedRow[]>("family"),
      );
      return finishRevocation(database, jti, rows, at);
    },
  };
}

interface RevokedRow {
  family: string | null;
}

/** A token without a family was never exchanged. @returns whether there was a token to revoke */
async function finishRevocation(database: Database, jti: string, [revoked]: readonly RevokedRow[], at: number): Promise<boolean> {
  const family = revoked?.family ?? null;
  if (family !== null) await revokeExchanged(database, jti, family, at);
  return revoked !== undefined;
}

const columns = makeColumns(revokedAtSql);
const revokeStatement = {
  name: "ledger_revoke",
  text: "UPDATE issued_tokens SET revoked_at = coalesce(revoked_at, ?::timestamptz) WHERE expires_at = ? AND jti = ? RETURNING family",
};

function selectRows(knex: Knex): Knex.QueryBuilder<IssuedTokenRow, IssuedTokenRow[]> {
  return knex.select<IssuedTokenRow[]>(knex.raw(columns)).fromRaw(withFamily) as unknown as Knex.QueryBuilder<
    IssuedTokenRow,
    IssuedTokenRow[]
  >;
}

/** The days before today have partitions of their own, which are left out. */
const dayMs = 86_400_000;

/**
 * As a CASE, of which PostgreSQL expects half of the rows. Of the bare condition it expects almost none, and would read and sort all
 * tokens to find the newest.
 */
const activeSql = `CASE WHEN issued_tokens.expires_at > ? AND ${revokedAtSql} IS NULL THEN true ELSE false END`;

/** What a cutoff of the client has revoked comes after all others in the list. Without this, each of those would be looked at. */
const notCutOffSql = `
  jti >= coalesce((SELECT next FROM token_cutoffs WHERE kind = 'client' AND id = ?), '00000000-0000-0000-0000-000000000000')`;

async function listRecords(knex: Knex, filter: LedgerFilter, now: number): Promise<LedgerRecord[]> {
  // A jti begins with the time at which it was made (UUIDv7), which also orders tokens of the same second.
  const query = selectRows(knex).orderBy("jti", "desc").limit(filter.limit);
  if (filter.clientId !== undefined) query.where("issued_tokens.client_id", filter.clientId);
  if (filter.contract !== undefined) query.where("dialect", filter.contract);
  if (filter.subject !== undefined) query.where("issued_tokens.subject", filter.subject);
  if (filter.after !== undefined) query.where("jti", "<", filter.after);
  if (filter.active === true && filter.clientId !== undefined) query.whereRaw(notCutOffSql, [filter.clientId]);
  if (filter.active === true) {
    query.where("issued_tokens.expires_at", ">=", toTimestamp(now - (now % dayMs))).whereRaw(activeSql, [toTimestamp(now)]);
  }
  if (filter.active === false)
    query.where((either) => either.where("issued_tokens.expires_at", "<=", toTimestamp(now)).orWhereRaw(`${revokedAtSql} IS NOT NULL`));
  return (await query).map(toRecord);
}
