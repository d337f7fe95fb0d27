import { Refusal } from "../refusal";
import type { Decision } from "../decision";
import type { GrantRequest } from "../token-request";
import type { Client } from "../client";
import { mustBeUsable } from "./identity";
import type { GrantPorts } from "./ports";

type Asked = Extract<GrantRequest, { type: "one_time_token" }>;

/**
 * A token that was made for one user and one identity, and serves once (weavr, `token`). It is used up in the transaction
 * that records what it is exchanged for; a refusal leaves it good.
 * @throws Refusal `invalid_grant` for a token that is unknown, expired, spent, another programme's or a disabled user's;
 *   `locked` for a locked user's; `subject_not_found` for another identity than the token's; and as `mustBeUsable` has it
 */
export function makeOneTimeTokenGrant(ports: GrantPorts) {
  return async function oneTimeToken(client: Client, asked: Asked, now: number): Promise<Decision> {
    const digest = ports.digest(asked.token);
    const found = await ports.oneTimeTokens.find(digest, now);
    if (found === undefined || found.programmeId !== client.id) {
      throw new Refusal("invalid_grant", "the one-time token is unknown, another programme's, or a disabled user's");
    }
    if (found.spent || found.expiresAt * 1000 <= now) throw new Refusal("invalid_grant", "the one-time token is spent or has expired");
    if (found.locked) throw new Refusal("locked", `user ${found.actor.id} is locked after failed logins`);
    const meant = asked.identity.id === found.identityId;
    const identity = meant ? await ports.identities.linked(found.actor.id, found.identityId) : undefined;
    mustBeUsable(identity, asked.identity, client);
    return {
      client,
      grant: "one_time_token",
      subject: { id: found.identityId, identityType: identity.type },
      actor: found.actor,
      assurance: found.assurance,
      scope: client.scopes,
      redeems: { kind: "one_time_token", digest },
    };
  };
}
