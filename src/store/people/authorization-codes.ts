import type { AuthorizationCodes } from "../../engine/ports/codes";
import type { Person } from "../../engine/person";
import type { Database } from "../database";
import type { Part } from "../database/parts";
import { makePersonSql } from "./person-json";
import { toFamily, type FamilyRow } from "../ledger/token-families";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

/** Codes between the authorization response and the token request. */
export function makeAuthorizationCodes(database: Database): AuthorizationCodes {
  return {
    async issue(digest, code, session, now) {
      const { family } = code;
      const { rowCount } = await database.query(issueStatement, [
        digest,
        family.id,
        family.clientId,
        family.personId,
        family.scope.join(" "),
        toTimestamp(family.authTime * 1000),
        toTimestamp(family.expiresAt * 1000),
        code.redirectUri,
        code.codeChallenge,
        code.nonce,
        toTimestamp(now),
        toTimestamp(code.expiresAt * 1000),
        ...[session, family.personId, family.clientId, family.scope],
      ]);
      return rowCount === 1;
    },
    async find(digest) {
      const { rows } = await database.query<AuthorizationCodeRow>(findStatement, [digest]);
      return rows[0] && toCode(rows[0]);
    },
  };
}

/** Spends a code, unless it is unknown or was spent before. */
export function makeSpendAuthorizationCode(digest: Buffer, at: Date): Part {
  return { name: "spent", sql: spendSql, values: [at, digest] };
}

interface AuthorizationCodeRow extends FamilyRow {
  redirect_uri: string;
  code_challenge: string;
  nonce: string | null;
  expires_at: Date;
  spent_at: Date | null;
  person: Person | null;
}

function toCode(row: AuthorizationCodeRow): Awaited<ReturnType<AuthorizationCodes["find"]>> {
  return {
    family: toFamily(row),
    redirectUri: row.redirect_uri,
    codeChallenge: row.code_challenge,
    nonce: row.nonce,
    expiresAt: toEpochSeconds(row.expires_at),
    spent: row.spent_at !== null,
    person: row.person ?? undefined,
  };
}

/**
 * Locks the session and the consent, so that whatever ends one of them either comes first and is seen here, or waits, and then
 * finds this code.
 */
const issueStatement = {
  name: "authorization_code_issue",
  text: `
    INSERT INTO authorization_codes
      (digest, family, client_id, person_id, scope, auth_time, family_expires_at, redirect_uri, code_challenge, nonce, created_at, expires_at)
    SELECT ?::bytea, ?::uuid, ?::text, ?::text, ?::text, ?::timestamptz, ?::timestamptz, ?::text, ?::text, ?::text, ?::timestamptz,
      ?::timestamptz
    FROM sessions session JOIN consents consent USING (person_id)
    WHERE session.digest = ? AND person_id = ? AND consent.client_id = ? AND consent.scopes @> ?::text[]
    FOR KEY SHARE`,
};

const findStatement = {
  name: "authorization_code_find",
  text: `
    SELECT family, client_id, person_id, scope, auth_time, family_expires_at, redirect_uri, code_challenge, nonce, expires_at, spent_at,
      ${makePersonSql("authorization_codes.person_id")} AS person
    FROM authorization_codes WHERE digest = ?`,
};

const spendSql = "UPDATE authorization_codes SET spent_at = ?::timestamptz WHERE digest = ? AND spent_at IS NULL RETURNING 1";
