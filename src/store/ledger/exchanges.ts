import type { Redemption } from "../../engine/redemption";
import type { Database, Queryable } from "../database";
import type { Part } from "../database/parts";
import { changeRow, runInTransaction } from "../database/single-transaction";
import { toTimestamp } from "../database/timestamps";
import { revokedAtSql } from "./cutoffs";

export type AccessTokenExchange = Extract<Redemption, { kind: "access_token" }>;

/**
 * Tells whether an access token may still be exchanged. The caller has locked its family, and so does its revocation: of the
 * two, the later one sees what the earlier one did. A cutoff counts too, which revokes a token without changing its row.
 */
export function isUnrevoked(within: Queryable, { parent }: AccessTokenExchange): Promise<boolean> {
  return changeRow(within, unrevokedStatement, [toTimestamp(parent.expiresAt * 1000), parent.jti]);
}

/** Notes which token was exchanged for a new one. */
export function makeAddExchange({ parent, within }: AccessTokenExchange, child: { jti: string; expiresAt: number }): Part {
  const values = [child.jti, toTimestamp(child.expiresAt * 1000), parent.jti, toTimestamp(within.expiresAt * 1000)];
  return { name: "exchanged", sql: addSql, values };
}

/**
 * Revokes every token that came of this one by an exchange, and those that came of them. The token itself is revoked
 * already, so that once the family is locked no further exchange begins.
 * @param at epoch seconds
 */
export async function revokeExchanged(database: Database, jti: string, familyId: string, at: number): Promise<void> {
  await database.transact(async (within) => {
    await changeRow(within, lockStatement, [familyId]);
    await changeRow(within, revokeStatement, [jti, toTimestamp(at * 1000)]);
  });
}

/**
 * Revokes every token that came, by exchanges, of one about this subject. The caller has cut off the tokens about the subject
 * in the same transaction, so that an exchange that waits for a family finds the cutoff once it goes on. An exchange that came
 * first has committed when the lock is obtained, and the second statement, which takes a snapshot of its own, finds what it wrote.
 * Searches the ledger, so it is for the command line.
 * @param now epoch milliseconds
 */
export async function revokeExchangedOfSubject(database: Database, subject: string, now: number): Promise<void> {
  await runInTransaction(database, true, async (within) => {
    await within.query(lockOfSubjectStatement, [subject]);
    await within.query(revokeOfSubjectStatement, [subject, toTimestamp(now)]);
  });
}

const unrevokedStatement = {
  name: "token_exchange_parent",
  text: `
    SELECT 1 FROM issued_tokens LEFT JOIN token_families ON token_families.id = issued_tokens.family
    WHERE issued_tokens.expires_at = ? AND issued_tokens.jti = ? AND ${revokedAtSql} IS NULL`,
};

const addSql = `
  INSERT INTO token_exchanges (child, child_expires_at, parent, expires_at)
  SELECT ?::uuid, ?::timestamptz, ?::uuid, ?::timestamptz FROM spent`;

const lockStatement = { name: "token_exchange_lock", text: "SELECT 1 FROM token_families WHERE id = ? FOR UPDATE" };

/** In the order of ids, so that two commands cannot deadlock. */
const lockOfSubjectStatement = {
  name: "token_exchange_lock_subject",
  text: `
    SELECT 1 FROM token_families
    WHERE id IN (SELECT family FROM issued_tokens WHERE subject = ? AND family IS NOT NULL)
    ORDER BY id FOR UPDATE`,
};

/** @param first SQL that tells which rows of `token_exchanges` to begin with */
function makeRevokeStatement(name: string, first: string): { name: string; text: string } {
  return {
    name,
    text: `
      WITH RECURSIVE descendants AS (
        SELECT child, child_expires_at FROM token_exchanges WHERE ${first}
        UNION
        SELECT next.child, next.child_expires_at FROM descendants JOIN token_exchanges next ON next.parent = descendants.child
      )
      UPDATE issued_tokens SET revoked_at = coalesce(revoked_at, ?::timestamptz)
      FROM descendants WHERE issued_tokens.expires_at = child_expires_at AND issued_tokens.jti = child`,
  };
}

const revokeStatement = makeRevokeStatement("token_exchange_revoke", "parent = ?");
const revokeOfSubjectStatement = makeRevokeStatement(
  "token_exchange_revoke_subject",
  "parent IN (SELECT jti FROM issued_tokens WHERE subject = ?)",
);
