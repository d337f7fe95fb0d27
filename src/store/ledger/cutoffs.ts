import type { Knex } from "knex";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";
import { makeFirstJti } from "./jti-time";

/** Whose tokens a cutoff revokes: those issued to a client, or those about a subject. */
export interface CutOff {
  kind: "client" | "subject";
  id: string;
}

/**
 * Revokes every token of a client or a subject that has been issued until now, in one row. A request that is in progress has
 * its jti from its beginning, so its token is revoked too.
 * @param now epoch milliseconds
 */
export async function cutOffTokens(database: Database, { kind, id }: CutOff, now: number): Promise<void> {
  await database.query(cutOffStatement, [kind, id, toTimestamp(now), makeFirstJti(now + 1)]);
}

/**
 * Revokes every token that was issued before a moment, in one row, and refuses the client assertions that could have been used by then.
 * @param before epoch milliseconds
 */
export async function cutOffEverything(database: Database, before: number): Promise<void> {
  await database.query(cutOffStatement, ["all", "", toTimestamp(before), makeFirstJti(before)]);
}

/**
 * Counts the tokens that a cutoff would revoke: those that have not expired and are not revoked. For a subject,
 * it reads every partition of the days to come.
 * @param now epoch milliseconds
 */
export function countLiveTokens(database: Database, { kind, id }: CutOff, now: number): Promise<number> {
  return countLive(database, now, (query) => query.where(kind === "client" ? "issued_tokens.client_id" : "issued_tokens.subject", id));
}

/**
 * Counts the tokens that `cutOffEverything` would revoke. Reads the whole ledger.
 * @param now epoch milliseconds
 */
export function countLiveTokensBefore(database: Database, before: number, now: number): Promise<number> {
  return countLive(database, now, (query) => query.where("issued_tokens.jti", "<", makeFirstJti(before)));
}

async function countLive(database: Database, now: number, choose: (query: Knex.QueryBuilder) => Knex.QueryBuilder): Promise<number> {
  const count = (knex: Knex): PromiseLike<{ count: string } | undefined> =>
    choose(knex("issued_tokens").leftJoin("token_families", "token_families.id", "issued_tokens.family"))
      .where("issued_tokens.expires_at", ">", toTimestamp(now))
      .whereRaw(`${revokedAtSql} IS NULL`)
      .count<{ count: string }[]>()
      .first<{ count: string }>();
  return Number((await database.runLongTask(async (knex) => count(knex)))?.count ?? 0);
}

/** SQL for the moment before which everything was cut off: one value for a whole statement. */
export const cutOffBeforeSql = "coalesce((SELECT until FROM token_cutoffs WHERE kind = 'all' AND id = ''), '-infinity')";

/** SQL for when a token was cut off, with its client, its subject or everything. */
const cutOffAtSql = `(
  SELECT min(cutoff.until) FROM token_cutoffs cutoff
  WHERE cutoff.next > issued_tokens.jti
    AND (cutoff.kind, cutoff.id) IN (('client', issued_tokens.client_id), ('subject', issued_tokens.subject), ('all', '')))`;

/**
 * SQL for when a token was revoked, in a join of `issued_tokens` and `token_families`. A token is revoked by itself, with its
 * family, or by a cutoff: one row revokes all tokens of a family, a client or a subject, or all there are.
 */
export const revokedAtSql = `least(issued_tokens.revoked_at, token_families.revoked_at, ${cutOffAtSql})`;

const cutOffStatement = {
  name: "token_cutoff",
  text: `
    INSERT INTO token_cutoffs AS known (kind, id, until, next) VALUES (?, ?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET
      until = greatest(known.until, excluded.until), next = greatest(known.next, excluded.next)`,
};
