import { assure } from "../decision";
import type { TokenFamilies } from "../ports/codes";
import type { TokenVerifier } from "../ports/keys";
import type { LedgerReader } from "../ports/ledger";
import type { AuthTokens, AuthTokenUser, Identities } from "../ports/users";
import type { Redemption } from "../redemption";
import { Refusal } from "../refusal";
import type { AskedIdentity } from "../token-request";
import type { Grant } from "./grant";
import { mustBeUsable } from "./subject";

declare module "../grant-request" {
  interface GrantRequests {
    auth_token: { authToken: string | undefined; identity: AskedIdentity };
  }
}

export interface AuthTokenPorts {
  authTokens: AuthTokens;
  identities: Identities;
  /** Verifies access tokens of this grant, which are accepted in place of an auth token. */
  verifier: TokenVerifier;
  ledger: LedgerReader;
  families: TokenFamilies;
}

/** A user, and the access token that was presented in place of an auth token. */
interface PresentingUser extends AuthTokenUser {
  exchanges?: Redemption;
}

/**
 * A logged-in user exchanges an auth token for an access token of one identity. The auth token is not spent: it is valid for
 * every identity that the user is linked to, until it was not used for the length of its window, or the login has ended.
 *
 * An access token that came of an auth token is accepted in its place. The new one belongs to the same login: it ends with it,
 * is stepped up for as long, and is revoked with the token that it was exchanged for.
 * @throws Refusal `invalid_grant` for a token that belongs to no user, `locked` for a locked user; and what `mustBeUsable`
 *   throws for an identity that is not this user's, or not usable
 */
export const authTokenGrant: Grant<"auth_token", AuthTokenPorts> = {
  involvesIdentity: true,
  involvesUser: true,
  make: (ports) =>
    async function decideAuthToken({ authToken, identity: asked }, { client, contract, now }) {
      if (authToken === undefined) throw new Refusal("invalid_grant", "no auth token was presented");
      const user: PresentingUser | undefined =
        (await ports.authTokens.use(authToken, now, asked.id)) ?? (await findUserOfAccessToken(ports, { authToken, contract, asked, now }));
      if (user === undefined) throw new Refusal("invalid_grant", "the auth token is unknown, expired or revoked");
      if (user.locked) throw new Refusal("locked", `user ${user.actor.id} is locked after failed logins`);
      mustBeUsable(user.identity, asked, client);
      return {
        client,
        grant: "auth_token",
        subject: { id: asked.id, identityType: asked.type },
        actor: user.actor,
        ...assure(user.steppedUpUntil, now),
        family: user.family,
        scope: client.scopes,
        ...(user.exchanges === undefined ? {} : { spends: { redemption: user.exchanges } }),
      };
    },
};

/**
 * Finds the user of an access token that is presented in place of an auth token. It is accepted only if it was issued for an
 * auth token: access tokens of a delegated client or a one-time token are for a single identity, and a delegated client has no
 * user, whatever its id looks like. One whose identity is deactivated is not active, for any identity. A token without a family belongs to no login, so nothing would end what came of it.
 */
async function findUserOfAccessToken(
  { verifier, ledger, identities, families }: AuthTokenPorts,
  { authToken, contract, asked, now }: { authToken: string; contract: string; asked: AskedIdentity; now: number },
): Promise<PresentingUser | undefined> {
  const verified = await verifier.verify(authToken);
  if (verified === undefined || verified.expiresAt * 1000 <= now) return undefined;
  const record = await ledger.find(verified);
  if (record === undefined || record.revokedAt !== null || record.contract !== contract) return undefined;
  if (record.statuses.identity !== "active") return undefined;
  if (record.grant !== "auth_token" || record.actor === null || record.family === null) return undefined;
  const found = await identities.findActiveUser(record.actor, asked.id, now);
  const family = await families.findBounds(record.family);
  if (found === undefined || family === undefined) return undefined;
  const { locked, identity, ...actor } = found;
  const exchanges = { kind: "access_token", parent: { jti: record.jti, expiresAt: record.expiresAt }, within: family } as const;
  return { actor, family, steppedUpUntil: record.steppedUpUntil, locked, identity, exchanges };
}
