import type { ContractPolicy } from "../policy";
import type { Decision } from "../decision";
import type { GrantRequest } from "../token-request";
import type { Client } from "../client";
import { grantedScope } from "../scope";

type Asked = Extract<GrantRequest, { type: "client_credentials" }>;

/**
 * RFC 6749 §4.4: a client asks for itself.
 * @throws Refusal `invalid_request` where a scope must be named and is not, `invalid_scope` for one that is not registered
 */
export function clientCredentials(client: Client, asked: Asked, policy: ContractPolicy): Decision {
  return {
    client,
    grant: "client_credentials",
    subject: { id: subjectOf(client, policy) },
    actor: null,
    assurance: "STANDARD",
    scope: grantedScope(client, asked.scope, policy),
  };
}

function subjectOf(client: Client, policy: ContractPolicy): string {
  const named = policy.subjectClaim === undefined ? undefined : client.claims[policy.subjectClaim];
  return typeof named === "string" || typeof named === "number" ? String(named) : client.id;
}
