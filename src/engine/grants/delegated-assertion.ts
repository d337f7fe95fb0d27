import { Refusal } from "../refusal";
import type { Decision } from "../decision";
import type { GrantRequest } from "../token-request";
import type { Client } from "../client";
import { mustBeUsable } from "./identity";
import type { GrantPorts } from "./ports";

type Asked = Extract<GrantRequest, { type: "delegated_assertion" }>;

/**
 * A delegated API client acts for an identity of its programme, without a user (weavr, `clientAssertion`). Whether the
 * programme has delegation is asked first: that says nothing about any client.
 * @throws Refusal `unauthorized_client` for a programme without delegation; `invalid_client` for an assertion that does
 *   not prove one of its clients, or is about another identity than the one asked for; and as `mustBeUsable` has it
 */
export function makeDelegatedAssertionGrant(ports: GrantPorts) {
  return async function delegatedAssertion(client: Client, asked: Asked, now: number): Promise<Decision> {
    if (!(await ports.delegatedClients.isEnabled(client.id))) {
      throw new Refusal("unauthorized_client", `delegation is not enabled for programme ${client.id}`);
    }
    const delegate = await ports.proveDelegate(asked.assertion, client.id, now);
    if (delegate.identityId !== asked.identity.id) {
      throw new Refusal("invalid_client", `delegated client ${delegate.clientId} signed for another identity than it asked for`);
    }
    const identity = await ports.identities.find(asked.identity.id);
    mustBeUsable(identity, asked.identity, client);
    return {
      client,
      grant: "delegated_assertion",
      subject: { id: asked.identity.id, identityType: identity.type },
      actor: { type: "API_CLIENT", id: delegate.clientId },
      assurance: "STANDARD",
      scope: client.scopes,
      spends: delegate.spends,
    };
  };
}
