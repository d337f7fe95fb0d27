import type { DialectPolicy } from "../../engine/types";

/** A client stands for the user in its `userID`; `userID` and `userRegion` are claims it is registered with. */
export const policy: DialectPolicy = {
  authMethods: ["client_secret_basic"],
  grants: ["client_credentials", "authorization_code", "refresh_token"],
  optInGrants: ["authorization_code", "refresh_token"],
  identifiesPersons: true,
  refreshTokens: { absoluteSeconds: 180 * 86_400, idleSeconds: 30 * 86_400 },
  scope: "required",
  lifetimeSeconds: 604_800,
  algorithm: "ES256",
  typ: "JWT",
  subjectClaim: "userID",
  claims: ({ client, subject, scope }) => ({
    sub: subject.id,
    aud: client.id,
    scp: scope.join(" "),
    scopes: client.claims.scopes ?? [],
  }),
};
