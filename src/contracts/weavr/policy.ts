import type { ContractPolicy } from "../../engine/policy";
import { holderOf } from "./holder";

/** The client is a programme, known by its API key; the subject is an identity, for which a user acts. */
export const policy: ContractPolicy = {
  authMethods: ["api_key"],
  grants: ["auth_token", "delegated_assertion", "one_time_token"],
  scope: "registered",
  lifetimeSeconds: 900,
  algorithm: "ES256",
  typ: "at+jwt",
  claims: (decision, issuer) => {
    const { identity, credentials } = holderOf(decision);
    return {
      sub: identity.id,
      aud: issuer,
      client_id: decision.client.id,
      identity_type: identity.type,
      credentials,
      status: decision.assurance,
    };
  },
};
