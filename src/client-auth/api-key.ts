import type { Authenticator } from "../engine/authenticate";
import { Refusal } from "../engine/refusal";
import { isPlausibleId, type SecretPorts } from "./client-secret";

/**
 * An API key carries no client id; the client is found by the key's digest. The digest is keyed with the pepper, so the
 * time of the look-up does not reveal how close a guess was.
 */
export function makeApiKey(ports: SecretPorts): Authenticator<"api_key"> {
  return async ({ apiKey }) => {
    const client = isPlausibleId(apiKey) ? await ports.clients.findBySecretDigest(ports.digest(apiKey)) : undefined;
    if (client === undefined) throw new Refusal("invalid_client", "unknown or revoked API key");
    return { client, method: "api_key" };
  };
}
