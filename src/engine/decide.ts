import type { Decision } from "./decision";
import { type GrantPorts, grants } from "./grants";
import type { GrantContext } from "./grants/grant";
import type { GrantRequest, GrantType } from "./grant-request";
import { Refusal } from "./refusal";

type Decider = (request: GrantRequest, context: GrantContext) => Decision | Promise<Decision>;

/**
 * Phase two: decide whether the client may have what it asks for. Nothing is spent here, so that a refused request can be
 * corrected and sent again.
 * @throws Refusal `unsupported_grant_type` for a grant that the contract does not offer, `unauthorized_client` for one that
 *   the client is not registered for, and what the grant itself throws
 */
export function makeDecide(ports: GrantPorts) {
  // `grants` pairs each name with its own request type; a look-up by a name of the union cannot say so.
  const deciders = new Map(Object.entries(grants).map(([type, grant]) => [type as GrantType, grant.make(ports) as Decider]));

  return async function decide(request: GrantRequest, context: GrantContext): Promise<Decision> {
    const { client, contract, policy } = context;
    const decideOn = deciders.get(request.type);
    if (decideOn === undefined || !policy.grants.includes(request.type)) {
      throw new Refusal("unsupported_grant_type", `${contract} does not offer ${request.type}`);
    }
    if (!client.grants.includes(request.type)) {
      throw new Refusal("unauthorized_client", `client ${client.id} is not registered for ${request.type}`);
    }
    return decideOn(request, context);
  };
}

export type Decide = ReturnType<typeof makeDecide>;
