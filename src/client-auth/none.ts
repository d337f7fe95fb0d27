import type { Authenticator } from "../engine/authenticate";
import type { ClientRegistry } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import { isPlausibleId } from "./client-secret";

/**
 * A client that cannot keep a secret and says who it is, no more (RFC 6749 §2.1). Only a client registered for it is
 * believed; what it may ask for is then for its grants to say.
 */
export function makeNone({ clients }: { clients: ClientRegistry }): Authenticator<"none"> {
  return async ({ clientId }) => {
    const client = isPlausibleId(clientId) ? await clients.byId(clientId) : undefined;
    if (client === undefined) throw new Refusal("invalid_client", "unknown client");
    return { client, method: "none" };
  };
}
