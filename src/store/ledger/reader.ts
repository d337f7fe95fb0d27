import type { Knex } from "knex";
import type { LedgerReader, LedgerRecord } from "../../engine/ports/ledger";
import type { Database } from "../database";
import { epochSeconds, epochSecondsOrNull, moment } from "../database/timestamps";

export interface LedgerFilter {
  clientId?: string;
  contract?: string;
  /** True: neither expired nor revoked. False: one of the two. */
  active?: boolean;
  limit: number;
}

/** The ledger for operators too. Without its expiry a token is looked for in every partition, which takes its time. */
export interface LedgerBrowser extends LedgerReader {
  /**
   * Newest first.
   * @param now epoch milliseconds
   */
  list(filter: LedgerFilter, now: number): Promise<LedgerRecord[]>;
  findByJti(jti: string): Promise<LedgerRecord | undefined>;
  /** @returns false if there is no such token; revoking twice is not an error, and the first time stands */
  revoke(jti: string, expiresAt: number, at: number): Promise<boolean>;
  /**
   * @param at epoch seconds
   * @returns false if there is no such token; revoking twice is not an error, and the first time stands
   */
  revokeByJti(jti: string, at: number): Promise<boolean>;
}

export function makeLedgerReader(database: Database): LedgerBrowser {
  return {
    async find({ jti, expiresAt, kid }) {
      if (!isUuid(jti)) return undefined;
      const { rows } = await database.query<Row>(findStatement, [kid, moment(expiresAt * 1000), jti]);
      return rows[0] && recordOf(rows[0]);
    },
    async revoke(jti, expiresAt, at) {
      if (!isUuid(jti)) return false;
      const { rowCount } = await database.query(revokeStatement, [moment(at * 1000), moment(expiresAt * 1000), jti]);
      return rowCount === 1;
    },
    list: (filter, now) => database.patiently((knex) => list(knex, filter, now)),
    async findByJti(jti) {
      if (!isUuid(jti)) return undefined;
      const [row] = await database.patiently(async (knex) => rowsOf(knex).where("jti", jti));
      return row && recordOf(row);
    },
    async revokeByJti(jti, at) {
      if (!isUuid(jti)) return false;
      const change = (knex: Knex) => ({ revoked_at: knex.raw("coalesce(revoked_at, ?)", [moment(at * 1000)]) });
      return (await database.patiently(async (knex) => knex("issued_tokens").where("jti", jti).update(change(knex)))) > 0;
    },
  };
}

interface Row {
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
  revoked_at: Date | null;
}

const revoked = "least(issued_tokens.revoked_at, token_families.revoked_at)";
/** A token is revoked with its family, whose row says so at once for all of them. */
const columnsWith = (revokedAt: string): string => `
  issued_tokens.jti, issued_tokens.issued_at, issued_tokens.expires_at, issued_tokens.dialect AS contract, issued_tokens.client_id,
  issued_tokens.grant_type, issued_tokens.subject, issued_tokens.actor, issued_tokens.scope, issued_tokens.family,
  ${revokedAt} AS revoked_at`;
const columns = columnsWith(revoked);
const withFamily = "issued_tokens LEFT JOIN token_families ON token_families.id = issued_tokens.family";

/** And with the key that signed it. A server that remembers the keys is behind a withdrawal for a second; this is not. */
const revokedWithKey = `least(${revoked}, (SELECT withdrawn_at FROM signing_keys WHERE kid = ?))`;

const findStatement = {
  name: "ledger_find",
  text: `SELECT ${columnsWith(revokedWithKey)} FROM ${withFamily} WHERE issued_tokens.expires_at = ? AND issued_tokens.jti = ?`,
};

const revokeStatement = {
  name: "ledger_revoke",
  text: "UPDATE issued_tokens SET revoked_at = coalesce(revoked_at, ?::timestamptz) WHERE expires_at = ? AND jti = ?",
};

function rowsOf(knex: Knex): Knex.QueryBuilder<Row, Row[]> {
  return knex.select<Row[]>(knex.raw(columns)).fromRaw(withFamily) as unknown as Knex.QueryBuilder<Row, Row[]>;
}

async function list(knex: Knex, filter: LedgerFilter, now: number): Promise<LedgerRecord[]> {
  // A jti begins with the time it was made (UUIDv7), which orders tokens of the same second too.
  const wanted = rowsOf(knex).orderBy("jti", "desc").limit(filter.limit);
  if (filter.clientId !== undefined) wanted.where("issued_tokens.client_id", filter.clientId);
  if (filter.contract !== undefined) wanted.where("dialect", filter.contract);
  if (filter.active === true) wanted.where("issued_tokens.expires_at", ">", moment(now)).whereRaw(`${revoked} IS NULL`);
  if (filter.active === false)
    wanted.where((dead) => dead.where("issued_tokens.expires_at", "<=", moment(now)).orWhereRaw(`${revoked} IS NOT NULL`));
  return (await wanted).map(recordOf);
}

function recordOf(row: Row): LedgerRecord {
  return {
    jti: row.jti,
    issuedAt: epochSeconds(row.issued_at),
    expiresAt: epochSeconds(row.expires_at),
    contract: row.contract,
    clientId: row.client_id,
    grant: row.grant_type,
    subject: row.subject,
    actor: row.actor,
    scope: row.scope,
    family: row.family,
    revokedAt: epochSecondsOrNull(row.revoked_at),
  };
}

/** Anything else would be an error of the database's, not "no such token". */
function isUuid(jti: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(jti);
}
