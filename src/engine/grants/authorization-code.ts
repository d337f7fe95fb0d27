import type { Client } from "../client";
import type { GrantRequest } from "../grant-request";
import { provesChallenge } from "../pkce";
import type { ContractPolicy } from "../policy";
import type { SecretDigest } from "../ports/clients";
import type { AuthorizationCode, AuthorizationCodes } from "../ports/codes";
import { Refusal } from "../refusal";
import { ReuseDetected } from "../redemption";
import { keepRegistered } from "../scope";
import type { Grant } from "./grant";
import { mustBeActive } from "./subject";
import { newRefreshTokenRow } from "./refresh-token";

declare module "../grant-request" {
  interface GrantRequests {
    authorization_code: { code: string; redirectUri: string; codeVerifier: string };
  }
}

export interface AuthorizationCodePorts {
  digest: SecretDigest;
  authorizationCodes: AuthorizationCodes;
  /** Makes the first refresh token of a family, at random. */
  newRefreshToken(): string;
}

/**
 * RFC 6749 §4.1.3 with PKCE (RFC 7636): a client redeems what a person consented to. Nothing is spent here, so a wrong
 * request can be corrected and sent again. Only a code that was spent before has a consequence: the tokens that it was
 * redeemed for are revoked (RFC 6749 §4.1.2).
 * @throws Refusal `invalid_grant` for a code that is unknown, another client's, expired or spent, and for a redirect URI or
 *   verifier that is not its own: one answer for all; `subject_not_found` and `access_denied` for the person behind it
 */
export const authorizationCodeGrant: Grant<"authorization_code", AuthorizationCodePorts> = {
  optIn: true,
  needsRedirectUri: true,
  involvesPerson: true,
  make: (ports) =>
    async function decideAuthorizationCode(request, { client, policy, now }) {
      const digest = ports.digest(request.code);
      const code = await ports.authorizationCodes.find(digest);
      if (code === undefined) throw new Refusal("invalid_grant", `client ${client.id} presented a code that is unknown`);
      const { family, nonce } = code;
      // Another client's code must not revoke the family: the client that owns the code has done nothing wrong.
      if (family.clientId !== client.id)
        throw new Refusal("invalid_grant", `client ${client.id} presented a code of client ${family.clientId}`);
      if (code.spent) throw new ReuseDetected(`client ${client.id} presented a spent code of family ${family.id}`, family.id);
      mustMatch(code, request, now);
      const person = mustBeActive(code.person, family.personId);
      const scope = keepRegistered(family.scope, client, policy);
      const refreshToken = mayRefresh(client, scope, policy) ? ports.newRefreshToken() : undefined;
      const row = refreshToken && { refreshToken: newRefreshTokenRow(ports.digest(refreshToken), family, policy, now) };
      return {
        client,
        grant: "authorization_code",
        subject: { id: person.id },
        actor: null,
        assurance: "STANDARD",
        scope,
        family,
        login: { person, authTime: family.authTime, ...(nonce === null ? {} : { nonce }) },
        spends: { redemption: { kind: "authorization_code", digest, family, ...row } },
        ...(refreshToken === undefined ? {} : { refreshToken }),
      };
    },
};

function mustMatch(code: AuthorizationCode, request: GrantRequest<"authorization_code">, now: number): void {
  const description = `a code of client ${code.family.clientId}`;
  if (code.expiresAt * 1000 <= now) throw new Refusal("invalid_grant", `${description} has expired`);
  if (request.redirectUri !== code.redirectUri) throw new Refusal("invalid_grant", `${description} came with another redirect URI`);
  if (!provesChallenge(request.codeVerifier, code.codeChallenge))
    throw new Refusal("invalid_grant", `${description} came with a wrong verifier`);
}

function mayRefresh(client: Client, scope: readonly string[], { refreshTokens }: ContractPolicy): boolean {
  return refreshTokens !== undefined && scope.includes(refreshTokens.scope) && client.grants.includes("refresh_token");
}
