import { LRUCache } from "lru-cache";
import type { ClientRegistry } from "../../engine/ports/clients";
import type { Client } from "../../engine/client";

/**
 * Milliseconds that a result is valid, counted from the *start* of its look-up. The database answers or fails within its
 * statement timeout and some grace (1.1 s as configured). So no caller gets a client that is out of date by more than two
 * seconds, whether its result comes from the cache or from a look-up in progress that it shares.
 */
const validMs = 1_000;
const maxClients = 10_000;
/** Results for unknown ids and keys. They are kept apart from the clients, so that guessing cannot evict clients. */
const maxMisses = 2_000;

export interface ClientCacheOptions {
  /** Milliseconds since any fixed point; tests set it. */
  now?: () => number;
}

/**
 * Makes a registry that looks a client up in another registry at most once per second, however many requests need it. A failed
 * look-up is not cached and no result is used after its second: when the database is unreachable, so are its clients.
 */
export function makeClientCache(registry: ClientRegistry, options: ClientCacheOptions = {}): ClientRegistry {
  const now = options.now ?? (() => performance.now());
  const findById = makeCachedLookUp(now, (clientId) => registry.findById(clientId));
  const findByDigestText = makeCachedLookUp(now, (digest) => registry.findBySecretDigest(Buffer.from(digest, "latin1")));
  return { findById, findBySecretDigest: (digest) => findByDigestText(digest.toString("latin1")) };
}

interface CachedClient {
  client: Client | undefined;
  /** In the milliseconds of `now`. */
  until: number;
}

type LookUp = (key: string) => Promise<Client | undefined>;

function makeCachedLookUp(now: () => number, lookUp: LookUp): LookUp {
  const clients = new LRUCache<string, CachedClient>({ max: maxClients });
  const misses = new LRUCache<string, CachedClient>({ max: maxMisses });
  const inProgress = new Map<string, Promise<Client | undefined>>();

  async function fetchClient(key: string): Promise<Client | undefined> {
    const until = now() + validMs;
    const client = await lookUp(key);
    const [target, other] = client === undefined ? [misses, clients] : [clients, misses];
    target.set(key, { client, until });
    other.delete(key);
    return client;
  }

  return async (key) => {
    const cached = clients.get(key) ?? misses.get(key);
    if (cached !== undefined && now() < cached.until) return cached.client;
    const shared = inProgress.get(key);
    if (shared !== undefined) return shared;
    const lookUpInProgress = fetchClient(key).finally(() => inProgress.delete(key));
    inProgress.set(key, lookUpInProgress);
    return lookUpInProgress;
  };
}
