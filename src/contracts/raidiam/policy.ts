import type { ContractPolicy } from "../../engine/policy";

/** No shared secrets. A client that names no scope gets all scopes it is registered for. `none` is for devices, which cannot keep a secret. */
export const policy: ContractPolicy = {
  authMethods: ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none"],
  grants: ["client_credentials", "device_code"],
  scope: "optional",
  lifetimeSeconds: 600,
  algorithm: "ES256",
  discovery: {
    document: "oauth-authorization-server",
    grantTypes: ["client_credentials", "private_key_jwt", "tls_client_auth", "urn:ietf:params:oauth:grant-type:device_code"],
  },
  claims: ({ client, subject, scope, login }, issuer) => ({
    sub: subject.id,
    aud: issuer,
    client_id: client.id,
    ...(scope.length > 0 ? { scope: scope.join(" ") } : {}),
    ...(login === undefined ? {} : { auth_time: login.authTime }),
  }),
};
