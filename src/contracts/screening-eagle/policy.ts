import type { Person } from "../../engine/person";
import type { ContractPolicy } from "../../engine/policy";

/** The subject of a client's own token is the user in its claim `userID`, who is no person of ours. `userID` and `userRegion` are claims in its registration. */
export const policy: ContractPolicy = {
  authMethods: ["client_secret_basic"],
  grants: ["client_credentials", "authorization_code", "refresh_token"],
  identifiesPersons: true,
  refreshTokens: { scope: "offline", absoluteSeconds: 180 * 86_400, idleSeconds: 30 * 86_400 },
  scope: "required",
  lifetimeSeconds: 604_800,
  algorithm: "ES256",
  discovery: { document: "openid-configuration", grantTypes: ["client_credentials", "authorization_code", "refresh_token"] },
  personClaims: ["scopes"],
  subjectClaim: "userID",
  claims: ({ client, subject, scope, login }) => ({
    sub: subject.id,
    aud: client.id,
    scp: scope.join(" "),
    // Clients from before `scopes` was reserved for persons keep theirs.
    ...(login === undefined ? { scopes: client.claims.scopes ?? [] } : makePersonClaims(login.person)),
  }),
};

/** Sets all three claims, even to undefined: a claim that is not named here would keep the value of the client. */
function makePersonClaims({ id, roles, region }: Person): Record<string, unknown> {
  return { scopes: roles, userID: Number(id), userRegion: region ?? undefined };
}
