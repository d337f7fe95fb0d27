import { timingSafeEqual } from "node:crypto";
import type { ClientRegistry, SecretDigest } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { Client } from "../engine/client";

export interface SecretPorts {
  clients: ClientRegistry;
  digest: SecretDigest;
}

const decoyDigest = Buffer.alloc(32);

/**
 * The client whose live secret this is. The digest is computed and compared whether the client exists or not, so that
 * the answer takes as long for an unknown client as for a wrong secret.
 * @throws Refusal `invalid_client`
 */
export async function findClientWithSecret(ports: SecretPorts, clientId: string, clientSecret: string): Promise<Client> {
  const client = isPlausibleId(clientId) ? await ports.clients.byId(clientId) : undefined;
  const presented = ports.digest(clientSecret);
  const live = client === undefined || client.secretDigests.length === 0 ? [decoyDigest] : client.secretDigests;
  const matches = live.filter((digest) => timingSafeEqual(digest, presented)).length > 0;
  if (client === undefined) throw new Refusal("invalid_client", "unknown client");
  if (!matches) throw new Refusal("invalid_client", `wrong secret for client ${client.id}`);
  return client;
}

/** Ids are never this long and never hold control characters; asking the database for such a thing helps nobody. */
export function isPlausibleId(id: string): boolean {
  return id.length > 0 && id.length <= 255 && !/\p{Cc}/u.test(id);
}
