import { Refusal } from "./refusal";
import type { ContractPolicy } from "./policy";
import type { Client } from "./client";

/**
 * Chooses the scopes that a client gets: each one it asks for, or all it is registered for if it names none and the contract
 * allows that.
 * @throws Refusal `invalid_request` if a scope must be named and is not, `invalid_scope` for one that is not registered
 */
export function chooseScope(client: Client, asked: readonly string[] | undefined, policy: ContractPolicy): readonly string[] {
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

/**
 * Splits a scope parameter (RFC 6749 §3.3). Order and repetitions are left as sent.
 * @returns undefined if there was no parameter; an empty list if it held only spaces
 */
export function splitScope(parameter: string | undefined): string[] | undefined {
  return parameter?.split(" ").filter((scope) => scope !== "");
}

/** The scope by which OpenID Connect asks for refresh tokens (OIDC Core §11). */
export const offlineAccess = "offline_access";

/** Puts the contract's own scope for refresh tokens in the place of `offline_access`. @returns each scope once */
export function nameRefreshScope(scopes: readonly string[], { refreshTokens }: Pick<ContractPolicy, "refreshTokens">): string[] {
  return [...new Set(scopes.map((scope) => (scope === offlineAccess ? (refreshTokens?.scope ?? scope) : scope)))];
}

/**
 * Keeps what the client is still registered for of a scope that a person agreed to: a client may be changed after that. The
 * registration may say `offline_access` where the agreement says the contract's own word.
 * @throws Refusal `invalid_scope` if nothing is left
 */
export function keepRegistered(
  scope: readonly string[],
  client: Pick<Client, "id" | "scopes">,
  policy: Pick<ContractPolicy, "refreshTokens">,
): readonly string[] {
  const registered = nameRefreshScope(client.scopes, policy);
  const kept = scope.filter((each) => registered.includes(each));
  if (kept.length === 0 && scope.length > 0)
    throw new Refusal("invalid_scope", `client ${client.id} is no longer registered for any scope that was agreed to`);
  return kept;
}
