import type { Client } from "../../engine/client";
import { makeJti } from "../../engine/jti";
import type { ContractPolicy } from "../../engine/policy";
import type { BrowserSession } from "../../engine/ports/people";
import type { AuthorizationCodes } from "../../engine/ports/codes";
import type { SecretDigest } from "../../engine/ports/clients";
import { makeSecret } from "../../secrets/secret";
import type { Asker } from "./asker";
import type { AuthorizationRequest } from "./request";

/** Seconds until a code expires (RFC 6749 §4.1.2 recommends ten minutes at most; FAPI 2.0 §5.3.2.1 one). */
export const codeSeconds = 60;

export interface CodePorts {
  authorizationCodes: AuthorizationCodes;
  digest: SecretDigest;
}

/**
 * Makes an authorization code and stores what it stands for.
 * @param now epoch milliseconds
 * @param code a new one, if the caller must know it beforehand
 * @returns undefined if the session or the consent has ended in the meantime
 * @throws Unavailable
 */
export async function issueCode(
  { authorizationCodes, digest }: CodePorts,
  { client, policy, redirectUri }: Asker,
  { digest: session, person, authenticatedAt }: BrowserSession,
  { scope, codeChallenge, nonce }: AuthorizationRequest,
  now: number,
  code = makeSecret("authorization_code"),
): Promise<string | undefined> {
  const seconds = Math.floor(now / 1000);
  const family = {
    id: makeJti(now),
    clientId: client.id,
    personId: person.id,
    scope,
    authTime: Math.floor(authenticatedAt / 1000),
    expiresAt: seconds + familySecondsOf(client, policy),
  };
  const stored = { family, redirectUri, codeChallenge, nonce, expiresAt: seconds + codeSeconds };
  return (await authorizationCodes.issue(digest(code), stored, session, now)) ? code : undefined;
}

/** @returns seconds from the consent until its refresh tokens end; without refresh tokens, until its access token expires */
function familySecondsOf({ lifetimeSeconds }: Client, policy: ContractPolicy): number {
  return policy.refreshTokens?.absoluteSeconds ?? lifetimeSeconds ?? policy.lifetimeSeconds;
}
