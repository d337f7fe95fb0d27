import type { DialectPolicy } from "../../engine/types";

/** No shared secrets; a client that names no scope gets all of its own. */
export const policy: DialectPolicy = {
  authMethods: ["private_key_jwt"],
  grants: ["client_credentials"],
  scope: "optional",
  lifetimeSeconds: 600,
  algorithm: "ES256",
  typ: "at+jwt",
  claims: ({ client, subject, scope }, issuer) => ({
    sub: subject.id,
    aud: issuer,
    client_id: client.id,
    ...(scope.length > 0 ? { scope: scope.join(" ") } : {}),
  }),
};
