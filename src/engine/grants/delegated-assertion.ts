import type { DelegatedClients, Identities, ProveDelegate } from "../ports/users";
import { Refusal } from "../refusal";
import type { AskedIdentity, PresentedAssertion } from "../token-request";
import type { Grant } from "./grant";
import { mustBeUsable } from "./subject";

declare module "../grant-request" {
  interface GrantRequests {
    delegated_assertion: { assertion: PresentedAssertion; identity: AskedIdentity };
  }
}

export interface DelegatedAssertionPorts {
  delegatedClients: DelegatedClients;
  proveDelegate: ProveDelegate;
  identities: Identities;
}

/**
 * A delegated API client acts for an identity of its programme, without a user. Whether the programme has delegation is
 * checked first, because that answer tells nothing about a client.
 * @throws Refusal `unauthorized_client` for a programme without delegation; `invalid_client` for an assertion that does not
 *   prove one of its clients, or that names another identity than the request; and what `mustBeUsable` throws
 */
export const delegatedAssertionGrant: Grant<"delegated_assertion", DelegatedAssertionPorts> = {
  involvesIdentity: true,
  involvesDelegate: true,
  make: ({ delegatedClients, proveDelegate, identities }) =>
    async function decideDelegatedAssertion({ assertion, identity: asked }, { client, now }) {
      if (!(await delegatedClients.isEnabled(client.id))) {
        throw new Refusal("unauthorized_client", `delegation is not enabled for programme ${client.id}`);
      }
      const delegate = await proveDelegate(assertion, client.id, now);
      if (delegate.identityId !== asked.id) {
        throw new Refusal("invalid_client", `delegated client ${delegate.clientId} signed for another identity than it asked for`);
      }
      const identity = await identities.find(asked.id);
      mustBeUsable(identity, asked, client);
      return {
        client,
        grant: "delegated_assertion",
        subject: { id: asked.id, identityType: identity.type },
        actor: { type: "API_CLIENT", id: delegate.clientId },
        assurance: "STANDARD",
        scope: client.scopes,
        spends: { assertions: [delegate.spends] },
      };
    },
};
