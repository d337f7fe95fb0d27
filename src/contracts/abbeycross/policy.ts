import type { ContractPolicy } from "../../engine/policy";

/** No grant type and no scope on the wire: a client gets all the scopes it is registered for. */
export const policy: ContractPolicy = {
  authMethods: ["client_secret_post"],
  grants: ["client_credentials"],
  scope: "registered",
  lifetimeSeconds: 3600,
  algorithm: "ES256",
  typ: "at+jwt",
  claims: ({ client, subject, scope }, issuer) => ({
    sub: subject.id,
    aud: issuer,
    client_id: client.id,
    ...(scope.length > 0 ? { scope: scope.join(" ") } : {}),
  }),
};
