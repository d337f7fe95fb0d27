import type { RefreshTokenGrant } from "../ports/codes";
import { Refusal } from "../refusal";
import type { RefreshTokenRow, TokenFamily } from "../redemption";
import type { ContractPolicy } from "../policy";
import type { Decision } from "../decision";
import type { GrantRequest } from "../token-request";
import type { Client } from "../client";
import { UsedTwice } from "../reuse";
import type { GrantPorts } from "./ports";
import { personBehind } from "./person";

type Asked = Extract<GrantRequest, { type: "refresh_token" }>;

/**
 * RFC 6749 §6 with rotation (RFC 9700 §4.14.2): every use puts a successor in the token's place. A token that was rotated
 * serves again for as long as the grace lasts and its successor lies unused, and yields the same successor; after that its
 * use ends the family. Whether the successor was used is for the transaction that rotates to say.
 * @throws Refusal `invalid_grant` for a token that is unknown, another client's, expired, revoked or used up: one answer for
 *   all; `invalid_scope` for more than the person consented to; `subject_not_found` and `access_denied` for the person
 */
export function makeRefreshTokenGrant(ports: GrantPorts) {
  return async function refreshToken(client: Client, asked: Asked, policy: ContractPolicy, now: number): Promise<Decision> {
    const digest = ports.digest(asked.refreshToken);
    const token = await ports.refreshTokens.find(digest);
    if (token === undefined) throw new Refusal("invalid_grant", `client ${client.id} presented a refresh token that is unknown`);
    const { family } = token;
    if (family.clientId !== client.id)
      throw new Refusal("invalid_grant", `client ${client.id} presented a refresh token of client ${family.clientId}`);
    if (token.familyRevoked) throw new Refusal("invalid_grant", `family ${family.id} is revoked`);
    if (isReused(token, ports.refreshGraceSeconds, now))
      throw new UsedTwice(`client ${client.id} presented a rotated refresh token of family ${family.id}`, family.id);
    if (hasExpired(token, now)) throw new Refusal("invalid_grant", `a refresh token of family ${family.id} has expired`);
    const scope = narrowed(family, asked.scope);
    const person = await personBehind(ports.people, family.personId);
    const successor = ports.successorOf(asked.refreshToken);
    const recorded = recordedRefreshToken(ports.digest(successor), family, policy, now);
    return {
      client,
      grant: "refresh_token",
      subject: { id: person.id },
      actor: null,
      assurance: "STANDARD",
      scope,
      // Without the nonce, which belongs to the authorization request alone (OIDC Core §12.2).
      login: { person, authTime: family.authTime },
      redeems: { kind: "refresh_token", digest, family, successor: recorded, graceSeconds: ports.refreshGraceSeconds },
      refreshToken: successor,
    };
  };
}

/**
 * How a refresh token made now is recorded: good until it has lain unused for too long, or its family ends.
 * @param digest of the token
 * @param now epoch milliseconds
 */
export function recordedRefreshToken(digest: Buffer, family: TokenFamily, policy: ContractPolicy, now: number): RefreshTokenRow {
  const idleSeconds = policy.refreshTokens?.idleSeconds ?? Number.POSITIVE_INFINITY;
  return { digest, expiresAt: Math.min(Math.floor(now / 1000) + idleSeconds, family.expiresAt) };
}

/** As the statement has it that rotates a token again: the second in which the grace is over is not part of it. */
function isReused({ rotatedAt }: RefreshTokenGrant, graceSeconds: number, now: number): boolean {
  return rotatedAt !== null && rotatedAt + graceSeconds <= Math.floor(now / 1000);
}

/** A token that was rotated in time stays within its grace; only the family's own end cuts that short. */
function hasExpired({ expiresAt, rotatedAt, family }: RefreshTokenGrant, now: number): boolean {
  return (rotatedAt === null ? expiresAt : family.expiresAt) * 1000 <= now;
}

/** What is asked for, if it is part of what the person consented to (RFC 6749 §6); all of that if nothing is named. */
function narrowed(family: TokenFamily, asked: readonly string[] | undefined): readonly string[] {
  if (asked === undefined || asked.length === 0) return family.scope;
  const more = asked.filter((scope) => !family.scope.includes(scope));
  if (more.length > 0) throw new Refusal("invalid_scope", `${more.length} scope(s) were asked for that family ${family.id} does not have`);
  return [...new Set(asked)];
}
