import { provesChallenge } from "../pkce";
import type { AuthorizationCode } from "../ports/codes";
import { Refusal } from "../refusal";
import type { ContractPolicy } from "../policy";
import type { Decision } from "../decision";
import type { GrantRequest } from "../token-request";
import type { Client } from "../client";
import { UsedTwice } from "../reuse";
import type { GrantPorts } from "./ports";
import { personBehind } from "./person";
import { recordedRefreshToken } from "./refresh-token";

type Asked = Extract<GrantRequest, { type: "authorization_code" }>;

/**
 * RFC 6749 §4.1.3 with PKCE (RFC 7636): a client redeems what a person consented to. Nothing is spent here, so a request
 * that was wrong may come again, put right; only a code that was spent before ends what came of it (RFC 6749 §4.1.2).
 * @throws Refusal `invalid_grant` for a code that is unknown, another client's, expired or spent, and for a redirect URI or
 *   verifier that is not its own: one answer for all; `subject_not_found` and `access_denied` for the person behind it
 */
export function makeAuthorizationCodeGrant(ports: GrantPorts) {
  return async function authorizationCode(client: Client, asked: Asked, policy: ContractPolicy, now: number): Promise<Decision> {
    const digest = ports.digest(asked.code);
    const code = await ports.authorizationCodes.find(digest);
    if (code === undefined) throw new Refusal("invalid_grant", `client ${client.id} presented a code that is unknown`);
    if (code.family.clientId !== client.id) throw anotherClients(client, code);
    if (code.spent) throw new UsedTwice(`client ${client.id} presented a spent code of family ${code.family.id}`, code.family.id);
    mustFit(code, asked, now);
    const person = await personBehind(ports.people, code.family.personId);
    const { family, nonce } = code;
    const refreshToken = mayRefresh(client, family.scope, policy) ? ports.newRefreshToken() : undefined;
    const recorded = refreshToken && { refreshToken: recordedRefreshToken(ports.digest(refreshToken), family, policy, now) };
    return {
      client,
      grant: "authorization_code",
      subject: { id: person.id },
      actor: null,
      assurance: "STANDARD",
      scope: family.scope,
      login: { person, authTime: family.authTime, ...(nonce === null ? {} : { nonce }) },
      redeems: { kind: "authorization_code", digest, family, ...recorded },
      ...(refreshToken === undefined ? {} : { refreshToken }),
    };
  };
}

/** Whoever presents it did not get it from us: that must not cost its owner anything. */
function anotherClients(client: Client, { family }: AuthorizationCode): Refusal {
  return new Refusal("invalid_grant", `client ${client.id} presented a code of client ${family.clientId}`);
}

function mustFit(code: AuthorizationCode, asked: Asked, now: number): void {
  const of = `a code of client ${code.family.clientId}`;
  if (code.expiresAt * 1000 <= now) throw new Refusal("invalid_grant", `${of} has expired`);
  if (asked.redirectUri !== code.redirectUri) throw new Refusal("invalid_grant", `${of} came with another redirect URI`);
  if (!provesChallenge(asked.codeVerifier, code.codeChallenge)) throw new Refusal("invalid_grant", `${of} came with a wrong verifier`);
}

function mayRefresh(client: Client, scope: readonly string[], { refreshTokens }: ContractPolicy): boolean {
  return refreshTokens !== undefined && scope.includes(refreshTokens.scope) && client.grants.includes("refresh_token");
}
