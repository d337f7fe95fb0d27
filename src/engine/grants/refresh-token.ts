import type { ContractPolicy } from "../policy";
import type { SecretDigest } from "../ports/clients";
import type { RefreshTokenGrant, RefreshTokens } from "../ports/codes";
import { type RefreshTokenRow, ReuseDetected, type TokenFamily } from "../redemption";
import { Refusal } from "../refusal";
import { keepRegistered, nameRefreshScope } from "../scope";
import type { Grant } from "./grant";
import { mustBeActive } from "./subject";

declare module "../grant-request" {
  interface GrantRequests {
    refresh_token: { refreshToken: string; scope: readonly string[] | undefined };
  }
}

export interface RefreshTokenPorts {
  digest: SecretDigest;
  refreshTokens: RefreshTokens;
  /** Derives the successor of a refresh token: always the same for the same token, and only this server can derive it. */
  successorOf(refreshToken: string): string;
  /** Seconds in which a rotated refresh token may be rotated again, in case the client did not receive the answer. */
  refreshGraceSeconds: number;
}

/**
 * RFC 6749 §6 with rotation (RFC 9700 §4.14.2): every use replaces the token by a successor. During the grace, a rotated token
 * is accepted again if its successor was never used, and yields the same successor; after the grace, its use revokes the
 * family. The transaction that rotates decides whether the successor was used.
 * @throws Refusal `invalid_grant` for a token that is unknown, another client's, expired, revoked or used up: one answer for
 *   all; `invalid_scope` for more than the person consented to; `subject_not_found` and `access_denied` for the person
 */
export const refreshTokenGrant: Grant<"refresh_token", RefreshTokenPorts> = {
  optIn: true,
  follows: "authorization_code",
  involvesPerson: true,
  make: (ports) =>
    async function decideRefreshToken(request, { client, policy, now }) {
      const digest = ports.digest(request.refreshToken);
      const token = await ports.refreshTokens.find(digest);
      if (token === undefined) throw new Refusal("invalid_grant", `client ${client.id} presented a refresh token that is unknown`);
      mustBeCurrent(token, client.id, ports.refreshGraceSeconds, now);
      const { family } = token;
      const person = mustBeActive(token.person, family.personId);
      // After the person: deleting a person revokes the families, and the client shall learn that the person is gone.
      if (token.familyRevoked) throw new Refusal("invalid_grant", `family ${family.id} is revoked`);
      const scope = narrowScope(
        family,
        keepRegistered(family.scope, client, policy),
        request.scope && nameRefreshScope(request.scope, policy),
      );
      const successor = ports.successorOf(request.refreshToken);
      const row = newRefreshTokenRow(ports.digest(successor), family, policy, now);
      return {
        client,
        grant: "refresh_token",
        subject: { id: person.id },
        actor: null,
        assurance: "STANDARD",
        scope,
        family,
        // Without the nonce, which belongs to the authorization request alone (OIDC Core §12.2).
        login: { person, authTime: family.authTime },
        spends: { redemption: { kind: "refresh_token", digest, family, successor: row, graceSeconds: ports.refreshGraceSeconds } },
        refreshToken: successor,
      };
    },
};

/**
 * Makes the row of a new refresh token. The token expires when it was not used for the contract's idle time, at the latest
 * when its family expires.
 * @param digest of the new token
 * @param now epoch milliseconds
 */
export function newRefreshTokenRow(digest: Buffer, family: TokenFamily, policy: ContractPolicy, now: number): RefreshTokenRow {
  const idleSeconds = policy.refreshTokens?.idleSeconds ?? Number.POSITIVE_INFINITY;
  return { digest, expiresAt: Math.min(Math.floor(now / 1000) + idleSeconds, family.expiresAt) };
}

function mustBeCurrent(token: RefreshTokenGrant, clientId: string, graceSeconds: number, now: number): void {
  const { family } = token;
  if (family.clientId !== clientId)
    throw new Refusal("invalid_grant", `client ${clientId} presented a refresh token of client ${family.clientId}`);
  if (isReused(token, graceSeconds, now))
    throw new ReuseDetected(`client ${clientId} presented a rotated refresh token of family ${family.id}`, family.id);
  if (hasExpired(token, now)) throw new Refusal("invalid_grant", `a refresh token of family ${family.id} has expired`);
}

/** The statement that rotates a token again compares in the same way: the grace ends before its last second. */
function isReused({ rotatedAt }: RefreshTokenGrant, graceSeconds: number, now: number): boolean {
  return rotatedAt !== null && rotatedAt + graceSeconds <= Math.floor(now / 1000);
}

/** A token that was rotated in time is valid for the grace, unless its family expires before. */
function hasExpired({ expiresAt, rotatedAt, family }: RefreshTokenGrant, now: number): boolean {
  return (rotatedAt === null ? expiresAt : family.expiresAt) * 1000 <= now;
}

/**
 * Returns the requested scope if it is all in what is held (RFC 6749 §6), or all that is held if none is requested.
 * @param held what the person consented to and the client may have now
 */
function narrowScope(family: TokenFamily, held: readonly string[], asked: readonly string[] | undefined): readonly string[] {
  if (asked === undefined || asked.length === 0) return held;
  const excess = asked.filter((scope) => !held.includes(scope));
  if (excess.length > 0)
    throw new Refusal("invalid_scope", `${excess.length} scope(s) were asked for that family ${family.id} does not have`);
  return [...new Set(asked)];
}
