import { timingSafeEqual } from "node:crypto";
import type { Authenticated } from "../engine/authenticate";
import type { ClientRegistry, SecretDigest } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { Credential } from "../engine/token-request";

export interface SecretPorts {
  clients: ClientRegistry;
  digest: SecretDigest;
}

type PresentedSecret = Extract<Credential, { clientSecret: string }>;

const decoyDigest = Buffer.alloc(32);

/**
 * Authenticates a client by its secret, which it presented in one of the two ways. The digest is computed and compared even if the client does not exist, so that
 * the answer takes as long for an unknown client as for a wrong secret.
 * @throws Refusal `invalid_client`
 */
export async function authenticateWithSecret(
  ports: SecretPorts,
  { method, clientId, clientSecret }: PresentedSecret,
): Promise<Authenticated> {
  const client = isPlausibleId(clientId) ? await ports.clients.findById(clientId) : undefined;
  const presented = ports.digest(clientSecret);
  const live = client === undefined || client.secretDigests.length === 0 ? [decoyDigest] : client.secretDigests;
  const matches = live.filter((digest) => timingSafeEqual(digest, presented)).length > 0;
  if (client === undefined) throw new Refusal("invalid_client", "unknown client");
  if (!matches) throw new Refusal("invalid_client", `wrong secret for client ${client.id}`);
  return { client, method };
}

/** Whether a client could have this id. No id is longer or has control characters, so the database need not be asked for one. */
export function isPlausibleId(id: string): boolean {
  return id.length > 0 && id.length <= 255 && !/\p{Cc}/u.test(id);
}
