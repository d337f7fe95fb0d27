import type { DialectPolicy } from "../../engine/types";

/** No shared secrets; a client that names no scope gets all of its own. `none` is for devices, which cannot keep a secret. */
export const policy: DialectPolicy = {
  authMethods: ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none"],
  grants: ["client_credentials", "device_code"],
  optInGrants: ["device_code"],
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
