import type { ContractPolicy } from "../../engine/policy";

/** Requests carry no grant type and no scope: a client gets all the scopes it is registered for. */
export const policy: ContractPolicy = {
  authMethods: ["client_secret_post"],
  grants: ["client_credentials"],
  scope: "registered",
  lifetimeSeconds: 3600,
  algorithm: "ES256",
  claims: ({ client, subject, scope }, issuer) => ({
    sub: subject.id,
    aud: issuer,
    client_id: client.id,
    ...(scope.length > 0 ? { scope: scope.join(" ") } : {}),
  }),
};
