import type { AuthTokenUser, LinkedIdentity } from "../ports";
import { Refusal } from "../refusal";
import type { Actor, Assurance, Client, Decision, GrantRequest } from "../types";
import type { GrantPorts } from "./grant";

type Asked = Extract<GrantRequest, { type: "auth_token" }>;

/**
 * A logged-in user exchanges an auth token for an access token of one identity. The auth token is not consumed: it
 * serves for every identity the user is linked to, until it has lain unused for its window.
 * @throws Refusal `invalid_grant` for a token that stands for nobody, or an identity of another type than named;
 *   `subject_not_found` for an identity that is unknown or not this user's (one answer, no oracle);
 *   `access_denied` for an identity that is deactivated or belongs to another programme
 */
export function makeAuthTokenGrant(ports: GrantPorts) {
  return async function authToken(client: Client, asked: Asked, dialect: string, now: number): Promise<Decision> {
    if (asked.authToken === undefined) throw new Refusal("invalid_grant", "no auth token was presented");
    const user = (await ports.authTokens.use(asked.authToken, now)) ?? (await userOfAccessToken(ports, asked.authToken, dialect, now));
    if (user === undefined) throw new Refusal("invalid_grant", "the auth token is unknown, expired or revoked");
    const identity = await ports.identities.linked(user.actor.id, asked.identity.id);
    mustBeUsable(identity, asked, client);
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

function mustBeUsable(identity: LinkedIdentity | undefined, asked: Asked, client: Client): asserts identity is LinkedIdentity {
  if (identity === undefined) throw new Refusal("subject_not_found", `identity ${asked.identity.id} is unknown or not linked to the user`);
  if (identity.programmeId !== client.id) {
    throw new Refusal("access_denied", `identity ${asked.identity.id} belongs to another programme than key of ${client.id}`);
  }
  if (identity.type !== asked.identity.type) throw new Refusal("invalid_grant", `identity ${asked.identity.id} is a ${identity.type}`);
  if (identity.status !== "active") throw new Refusal("access_denied", `identity ${asked.identity.id} is deactivated`);
}

async function userOfAccessToken(ports: GrantPorts, token: string, dialect: string, now: number): Promise<AuthTokenUser | undefined> {
  const claims = await ports.verifier.verify(token);
  if (claims === undefined || typeof claims.exp !== "number" || typeof claims.jti !== "string") return undefined;
  if (claims.exp * 1000 <= now) return undefined;
  const record = await ports.ledger.find(claims.jti, claims.exp);
  if (record === undefined || record.revokedAt !== null || record.dialect !== dialect || record.actor === null) return undefined;
  const actor: Actor | undefined = await ports.identities.activeUser(record.actor);
  if (actor === undefined) return undefined;
  const assurance: Assurance = claims.status === "STEPPED_UP" ? "STEPPED_UP" : "STANDARD";
  return { actor, assurance };
}
