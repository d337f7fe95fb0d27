import { assure } from "../decision";
import { makeJti } from "../jti";
import type { SecretDigest } from "../ports/clients";
import type { Identities, OneTimeTokenGrant, OneTimeTokens } from "../ports/users";
import { Refusal } from "../refusal";
import type { AskedIdentity } from "../token-request";
import type { UserLogin, UserLoginTimes } from "../user-login";
import type { Grant } from "./grant";
import { mustBeUsable } from "./subject";

declare module "../grant-request" {
  interface GrantRequests {
    one_time_token: { token: string; identity: AskedIdentity };
  }
}

export interface OneTimeTokenPorts {
  digest: SecretDigest;
  oneTimeTokens: OneTimeTokens;
  identities: Identities;
  userLogins: UserLoginTimes;
}

/**
 * A user exchanges a token that was made for that user and one identity, and that is valid once. It is spent in the
 * transaction that records the access token; a refusal leaves it unspent.
 * @throws Refusal `invalid_grant` for a token that is unknown, expired, spent, another programme's or a disabled user's;
 *   `locked` for a locked user's; `subject_not_found` for another identity than the token's; and what `mustBeUsable` throws
 */
export const oneTimeTokenGrant: Grant<"one_time_token", OneTimeTokenPorts> = {
  involvesIdentity: true,
  involvesUser: true,
  make: (ports) =>
    async function decideOneTimeToken({ token, identity: asked }, { client, now }) {
      const digest = ports.digest(token);
      const found = await ports.oneTimeTokens.find(digest, now);
      if (found === undefined || found.programmeId !== client.id) {
        throw new Refusal("invalid_grant", "the one-time token is unknown, another programme's, or a disabled user's");
      }
      if (found.spent || found.expiresAt * 1000 <= now) throw new Refusal("invalid_grant", "the one-time token is spent or has expired");
      if (found.locked) throw new Refusal("locked", `user ${found.actor.id} is locked after failed logins`);
      const identity = asked.id === found.identityId ? await ports.identities.findLinked(found.actor.id, found.identityId) : undefined;
      mustBeUsable(identity, asked, client);
      const login = beginLogin(found, ports.userLogins, now);
      return {
        client,
        grant: "one_time_token",
        subject: { id: found.identityId, identityType: identity.type },
        actor: found.actor,
        ...assure(found.assurance === "STEPPED_UP" ? found.createdAt + ports.userLogins.stepUpSeconds : null, now),
        family: login,
        scope: client.scopes,
        spends: { redemption: { kind: "one_time_token", digest, begins: login } },
      };
    },
};

/** Its maker vouches for the user at the time of making, so it counts as the user's login at that time. */
function beginLogin({ programmeId, actor, createdAt }: OneTimeTokenGrant, { maxSeconds }: UserLoginTimes, now: number): UserLogin {
  return { id: makeJti(now), programmeId, userId: actor.id, authTime: createdAt, expiresAt: createdAt + maxSeconds };
}
