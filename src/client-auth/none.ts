import type { Authenticator } from "../engine/authenticate";
import type { ClientRegistry } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import { isPlausibleId } from "./client-secret";

/**
 * A public client, which cannot keep a secret and only sends its id (RFC 6749 §2.1). The engine admits clients that are
 * registered for this method only; the grants decide what such a client may ask for.
 */
export function makeNone({ clients }: { clients: ClientRegistry }): Authenticator<"none"> {
  return async ({ clientId }) => {
    const client = isPlausibleId(clientId) ? await clients.findById(clientId) : undefined;
    if (client === undefined) throw new Refusal("invalid_client", "unknown client");
    return { client, method: "none" };
  };
}
