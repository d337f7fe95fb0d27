import type { Authenticator } from "../engine/authenticate";
import type { ClientRegistry } from "../engine/ports";
import { Refusal } from "../engine/refusal";

export function makeTlsClientAuth(_ports: { clients: ClientRegistry }): Authenticator<"client_certificate"> {
  return async ({ clientId }) => {
    throw new Refusal("invalid_client", `not yet: ${clientId}`);
  };
}
