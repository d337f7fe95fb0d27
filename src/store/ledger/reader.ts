import type { Knex } from "knex";
import type { LedgerReader, LedgerRecord, LedgerRecordWithHolder } from "../../engine/ports/ledger";
import type { Database } from "../database";
import { revokeExchanged } from "./exchanges";
import { toEpochSeconds, toEpochSecondsOrNull, toTimestamp } from "../database/timestamps";
import { isUuid } from "../database/ids";
import { revokedAtSql } from "./cutoffs";

export interface LedgerFilter {
  clientId?: string;
  contract?: string;
  /** True: neither expired nor revoked. False: expired or revoked. */
  active?: boolean;
  limit: number;
}

/** The ledger as the command line reads it. Finding a token without its expiry searches every partition, which is slow. */
export interface LedgerBrowser extends LedgerReader {
  /**
   * Newest first.
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
    async find({ jti, expiresAt, kid }) {
      if (!isUuid(jti)) return undefined;
      const { rows } = await database.query<IssuedTokenRow>(findStatement, [kid, toTimestamp(expiresAt * 1000), jti]);
      return rows[0] && toRecord(rows[0]);
    },
    async findWithHolder({ jti, expiresAt, kid }) {
      if (!isUuid(jti)) return undefined;
      const { rows } = await database.query<RowWithHolder>(findWithHolderStatement, [kid, toTimestamp(expiresAt * 1000), jti]);
      return rows[0] && { ...toRecord(rows[0]), statuses: rows[0].statuses };
    },
    async revoke(jti, expiresAt, at) {
      if (!isUuid(jti)) return false;
      const values = [toTimestamp(at * 1000), toTimestamp(expiresAt * 1000), jti];
      const { rows } = await database.query<RevokedRow>(revokeStatement, values);
      return finishRevocation(database, jti, rows, at);
    },
    list: (filter, now) => database.runLongTask((knex) => listRecords(knex, filter, now)),
    async findByJti(jti) {
      if (!isUuid(jti)) return undefined;
      const [row] = await database.runLongTask(async (knex) => selectRows(knex).where("jti", jti));
      return row && toRecord(row);
    },
    async revokeByJti(jti, at) {
      if (!isUuid(jti)) return false;
      const change = (knex: Knex) => ({ revoked_at: knex.raw("coalesce(revoked_at, ?)", [toTimestamp(at * 1000)]) });
      const rows = await database.runLongTask(async (knex) =>
        knex("issued_tokens").where("jti", jti).update(change(knex)).returning<RevokedRow[]>("family"),
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

interface IssuedTokenRow {
  jti: string;
  issued_at: Date;
  expires_at: Date;
  contract: string;
  client_id: string;
  grant_type: string;
  subject: string;
  actor: string | null;
  scope: string;
  family: string | null;
  stepped_up_until: Date | null;
  revoked_at: Date | null;
}

interface RowWithHolder extends IssuedTokenRow {
  statuses: LedgerRecordWithHolder["statuses"];
}

const makeColumns = (revokedAt: string): string => `
  issued_tokens.jti, issued_tokens.issued_at, issued_tokens.expires_at, issued_tokens.dialect AS contract, issued_tokens.client_id,
  issued_tokens.grant_type, issued_tokens.subject, issued_tokens.actor, issued_tokens.scope, issued_tokens.family,
  issued_tokens.stepped_up_until,
  ${revokedAt} AS revoked_at`;
const columns = makeColumns(revokedAtSql);
const withFamily = "issued_tokens LEFT JOIN token_families ON token_families.id = issued_tokens.family";

/** A token is also revoked with the key that signed it. Keys are cached for a second, so this asks the database. */
const revokedAtWithKeySql = `least(${revokedAtSql}, (SELECT withdrawn_at FROM signing_keys WHERE kid = ?))`;

const findText = `${makeColumns(revokedAtWithKeySql)} FROM ${withFamily} WHERE issued_tokens.expires_at = ? AND issued_tokens.jti = ?`;

const findStatement = { name: "ledger_find", text: `SELECT ${findText}` };

const findWithHolderStatement = {
  name: "ledger_find_with_holder",
  text: `
    SELECT json_build_object(
      'client', (SELECT status FROM clients WHERE id = issued_tokens.client_id),
      'person', (SELECT status FROM people WHERE id = issued_tokens.subject),
      'identity', (SELECT status FROM identities WHERE id = issued_tokens.subject),
      'user', (SELECT status FROM users WHERE id = issued_tokens.actor),
      'delegate', (
        SELECT status FROM delegated_clients
        JOIN programmes ON programmes.client_id = programme_id AND delegation_enabled
        WHERE delegated_clients.id = issued_tokens.actor AND programme_id = issued_tokens.client_id)
    ) AS statuses, ${findText}`,
};

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

async function listRecords(knex: Knex, filter: LedgerFilter, now: number): Promise<LedgerRecord[]> {
  // A jti begins with the time at which it was made (UUIDv7), which also orders tokens of the same second.
  const query = selectRows(knex).orderBy("jti", "desc").limit(filter.limit);
  if (filter.clientId !== undefined) query.where("issued_tokens.client_id", filter.clientId);
  if (filter.contract !== undefined) query.where("dialect", filter.contract);
  if (filter.active === true) query.where("issued_tokens.expires_at", ">", toTimestamp(now)).whereRaw(`${revokedAtSql} IS NULL`);
  if (filter.active === false)
    query.where((either) => either.where("issued_tokens.expires_at", "<=", toTimestamp(now)).orWhereRaw(`${revokedAtSql} IS NOT NULL`));
  return (await query).map(toRecord);
}

function toRecord(row: IssuedTokenRow): LedgerRecord {
  return {
    jti: row.jti,
    issuedAt: toEpochSeconds(row.issued_at),
    expiresAt: toEpochSeconds(row.expires_at),
    contract: row.contract,
    clientId: row.client_id,
    grant: row.grant_type,
    subject: row.subject,
    actor: row.actor,
    scope: row.scope,
    family: row.family,
    steppedUpUntil: toEpochSecondsOrNull(row.stepped_up_until),
    revokedAt: toEpochSecondsOrNull(row.revoked_at),
  };
}
