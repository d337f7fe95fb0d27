import { Refusal } from "../refusal";
import type { Client, Decision, DialectPolicy, GrantRequest } from "../types";

type Asked = Extract<GrantRequest, { type: "client_credentials" }>;

/**
 * RFC 6749 §4.4: a client asks for itself.
 * @throws Refusal `invalid_request` where a scope must be named and is not, `invalid_scope` for one that is not registered
 */
export function clientCredentials(client: Client, asked: Asked, policy: DialectPolicy): Decision {
  return {
    client,
    grant: "client_credentials",
    subject: { id: subjectOf(client, policy) },
    actor: null,
    assurance: "STANDARD",
    scope: grantedScope(client, asked.scope, policy),
  };
}

function subjectOf(client: Client, policy: DialectPolicy): string {
  const named = policy.subjectClaim === undefined ? undefined : client.claims[policy.subjectClaim];
  return typeof named === "string" || typeof named === "number" ? String(named) : client.id;
}

function grantedScope(client: Client, asked: readonly string[] | undefined, policy: DialectPolicy): readonly string[] {
  if (policy.scope === "registered") return client.scopes;
  if (asked === undefined || asked.length === 0) {
    if (policy.scope === "optional") return client.scopes;
    throw new Refusal("invalid_request", "no scope was asked for", {
      problems: [{ in: "body", path: ["scope"], rule: "required", message: "scope is required" }],
    });
  }
  const unregistered = asked.filter((scope) => !client.scopes.includes(scope));
  if (unregistered.length > 0) {
    throw new Refusal("invalid_scope", `client ${client.id} asked for ${unregistered.length} scope(s) it is not registered for`);
  }
  return [...new Set(asked)];
}
