import type { LedgerRecord } from "../engine/ports/ledger";
import { NotFoundError } from "../store/database/errors";
import { isUuid } from "../store/database/ids";
import { formatTable, formatTime, formatTimeOrNull } from "./output";

type TokenJson = ReturnType<typeof toTokenJson>;

/** A token as JSON. @param now epoch milliseconds */
export function toTokenJson(record: LedgerRecord, now: number) {
  return {
    jti: record.jti,
    state: determineState(record, now),
    contract: record.contract,
    client_id: record.clientId,
    grant_type: record.grant,
    subject: record.subject,
    actor: record.actor,
    scope: record.scope,
    family: record.family,
    issued_at: formatTime(record.issuedAt),
    expires_at: formatTime(record.expiresAt),
    revoked_at: formatTimeOrNull(record.revokedAt),
  };
}

function determineState({ revokedAt, expiresAt }: LedgerRecord, now: number): "active" | "revoked" | "expired" {
  if (revokedAt !== null) return "revoked";
  return expiresAt * 1000 > now ? "active" : "expired";
}

export function formatTokenTable(tokens: readonly TokenJson[]): string {
  const headings = ["JTI", "STATE", "CONTRACT", "CLIENT", "SUBJECT", "SCOPE", "ISSUED", "EXPIRES"];
  return formatTable(
    headings,
    tokens.map((each) => [each.jti, each.state, each.contract, each.client_id, each.subject, each.scope, each.issued_at, each.expires_at]),
  );
}

/** The message repeats only a jti: other text may be the token itself, pasted by mistake. */
export function makeTokenNotFound(jti: string): NotFoundError {
  return new NotFoundError(
    isUuid(jti) ? `there is no token ${jti} in the ledger` : "there is no such token; give its jti, which is a UUID",
  );
}

/** As `makeTokenNotFound`, for a family. */
export function makeFamilyNotFound(id: string): NotFoundError {
  return new NotFoundError(isUuid(id) ? `there is no family ${id}` : "there is no such family; give its id, which is a UUID");
}
