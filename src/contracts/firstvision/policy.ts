import type { ContractPolicy } from "../../engine/policy";

/** `firstVisionId`, the tenant, is a claim in the client's registration. */
export const policy: ContractPolicy = {
  authMethods: ["client_secret_basic"],
  grants: ["client_credentials"],
  scope: "required",
  lifetimeSeconds: 7200,
  algorithm: "RS256",
  claims: ({ client, scope }) => ({ scope: scope.join(" "), client_id: client.id }),
};
