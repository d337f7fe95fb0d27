import type { Client } from "../client";
import type { ContractPolicy } from "../policy";
import { chooseScope } from "../scope";
import type { Grant } from "./grant";

declare module "../grant-request" {
  interface GrantRequests {
    client_credentials: { scope: readonly string[] | undefined };
  }
}

/**
 * RFC 6749 §4.4: a client gets a token for itself.
 * @throws Refusal `invalid_request` if the contract demands a scope and the request names none, `invalid_scope` for one that
 *   the client is not registered for
 */
export const clientCredentialsGrant: Grant<"client_credentials", object> = {
  make:
    () =>
    ({ scope }, { client, policy }) => ({
      client,
      grant: "client_credentials",
      subject: { id: findSubject(client, policy) },
      actor: null,
      assurance: "STANDARD",
      scope: chooseScope(client, scope, policy),
    }),
};

function findSubject(client: Client, policy: ContractPolicy): string {
  const named = policy.subjectClaim === undefined ? undefined : client.claims[policy.subjectClaim];
  return typeof named === "string" || typeof named === "number" ? String(named) : client.id;
}
