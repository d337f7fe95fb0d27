import type { LedgerRecord } from "../../engine/ports/ledger";
import { toEpochSeconds, toEpochSecondsOrNull } from "../database/timestamps";

/** A row of the ledger with its columns of `makeColumns`. */
export interface IssuedTokenRow {
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

/** Makes the SQL of the columns of a record. @param revokedAt SQL that tells when the token was revoked */
export const makeColumns = (revokedAt: string): string => `
  issued_tokens.jti, issued_tokens.issued_at, issued_tokens.expires_at, issued_tokens.dialect AS contract, issued_tokens.client_id,
  issued_tokens.grant_type, issued_tokens.subject, issued_tokens.actor, issued_tokens.scope, issued_tokens.family,
  issued_tokens.stepped_up_until,
  ${revokedAt} AS revoked_at`;

/** SQL of the ledger with the family of each token. */
export const withFamily = "issued_tokens LEFT JOIN token_families ON token_families.id = issued_tokens.family";

export function toRecord(row: IssuedTokenRow): LedgerRecord {
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
