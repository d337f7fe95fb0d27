import type { ClientRegistry } from "../../engine/ports/clients";
import { type LookUpCacheOptions, makeCachedLookUp } from "./cached-look-up";

/**
 * Makes a registry that looks a client up in another registry at most once per second, however many requests need it. A failed
 * look-up is not cached and no result is used after its second: when the database is unreachable, so are its clients.
 */
export function makeClientCache(registry: ClientRegistry, options: LookUpCacheOptions = {}): ClientRegistry {
  const byId = makeCachedLookUp((clientId) => registry.findById(clientId), options);
  const byDigestText = makeCachedLookUp((digest) => registry.findBySecretDigest(Buffer.from(digest, "latin1")), options);
  return { findById: (clientId) => byId.find(clientId), findBySecretDigest: (digest) => byDigestText.find(digest.toString("latin1")) };
}
