import type { Authenticator } from "../engine/authenticate";
import { Refusal } from "../engine/refusal";
import { isPlausibleId, type SecretPorts } from "./client-secret";

/**
 * A key that names nobody and is found by its digest. The digest is keyed with the pepper, so how long the look-up takes
 * tells nothing of how near a guess was.
 */
export function makeApiKey(ports: SecretPorts): Authenticator<"api_key"> {
  return async ({ apiKey }) => {
    const client = isPlausibleId(apiKey) ? await ports.clients.bySecretDigest(ports.digest(apiKey)) : undefined;
    if (client === undefined) throw new Refusal("invalid_client", "unknown or revoked API key");
    return { client, method: "api_key" };
  };
}
