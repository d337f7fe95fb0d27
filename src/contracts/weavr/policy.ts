import type { Actor, Decision } from "../../engine/decision";
import type { ContractPolicy } from "../../engine/policy";
import type { IdentityType } from "../../engine/token-request";

/** The client is a programme, known by its API key; the subject is an identity, for which a user acts. */
export const policy: ContractPolicy = {
  authMethods: ["api_key"],
  grants: ["auth_token", "delegated_assertion", "one_time_token"],
  scope: "registered",
  lifetimeSeconds: 900,
  algorithm: "ES256",
  claims: (decision, issuer) => {
    const { identity, credentials } = findHolder(decision);
    return {
      sub: identity.id,
      aud: issuer,
      client_id: decision.client.id,
      identity_type: identity.type,
      credentials,
      status: decision.assurance,
      // Set even to undefined: a claim that is not named here would keep the value that a programme from before registered.
      stepped_up_until: decision.steppedUpUntil,
      auth_time: decision.family?.authTime,
    };
  },
  claimsAfterStepUp: { status: "STANDARD" },
};

/** The identity that a token acts for, and the party that holds the token. */
export interface TokenHolder {
  identity: { type: IdentityType; id: string };
  credentials: Actor;
}

/** Finds the identity and the actor of a decision. Every grant of this contract has both. */
export function findHolder({ subject, actor }: Decision): TokenHolder {
  if (actor === null || subject.identityType === undefined) throw new Error("weavr: decided on a token without a user or an identity");
  return { identity: { type: subject.identityType, id: subject.id }, credentials: { type: actor.type, id: actor.id } };
}
