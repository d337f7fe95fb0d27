import type { AuthTokenUser } from "../ports/users";
import { Refusal } from "../refusal";
import type { Assurance, Decision } from "../decision";
import type { GrantRequest } from "../token-request";
import type { Client } from "../client";
import { mustBeUsable } from "./identity";
import type { GrantPorts } from "./ports";

type Asked = Extract<GrantRequest, { type: "auth_token" }>;

/**
 * A logged-in user exchanges an auth token for an access token of one identity. The auth token is not consumed: it
 * serves for every identity the user is linked to, until it has lain unused for its window.
 * @throws Refusal `invalid_grant` for a token that stands for nobody, `locked` for a locked user; and as `mustBeUsable` has it for an identity that is
 *   not this user's, or not fit
 */
export function makeAuthTokenGrant(ports: GrantPorts) {
  return async function authToken(client: Client, asked: Asked, contract: string, now: number): Promise<Decision> {
    if (asked.authToken === undefined) throw new Refusal("invalid_grant", "no auth token was presented");
    const user = (await ports.authTokens.use(asked.authToken, now)) ?? (await userOfAccessToken(ports, asked.authToken, contract, now));
    if (user === undefined) throw new Refusal("invalid_grant", "the auth token is unknown, expired or revoked");
    if (user.locked) throw new Refusal("locked", `user ${user.actor.id} is locked after failed logins`);
    const identity = await ports.identities.linked(user.actor.id, asked.identity.id);
    mustBeUsable(identity, asked.identity, client);
    return {
      client,
      grant: "auth_token",
      subject: { id: asked.identity.id, identityType: asked.identity.type },
      actor: user.actor,
      assurance: user.assurance,
      scope: client.scopes,
    };
  };
}

/**
 * An access token serves in an auth token's place if it came of one. Those of a delegated client or a one-time token are
 * for a single identity, and the former have no user behind them, whatever their client's id looks like.
 */
async function userOfAccessToken(ports: GrantPorts, token: string, contract: string, now: number): Promise<AuthTokenUser | undefined> {
  const verified = await ports.verifier.verify(token);
  if (verified === undefined || verified.expiresAt * 1000 <= now) return undefined;
  const record = await ports.ledger.find(verified);
  if (record === undefined || record.revokedAt !== null || record.contract !== contract) return undefined;
  if (record.grant !== "auth_token" || record.actor === null) return undefined;
  const found = await ports.identities.activeUser(record.actor, now);
  if (found === undefined) return undefined;
  const { locked, ...actor } = found;
  const assurance: Assurance = verified.claims.status === "STEPPED_UP" ? "STEPPED_UP" : "STANDARD";
  return { actor, assurance, locked };
}
