import { LRUCache } from "lru-cache";
import type { ClientRegistry } from "../../engine/ports/clients";
import type { Client } from "../../engine/client";

/**
 * Milliseconds after its look-up *began* that an answer serves. The database answers or fails within its statement
 * timeout and some grace (1.1 s as configured), so who is given an answer, from here or by sharing a look-up
 * under way, never learns what was true more than two seconds ago.
 */
const servesMs = 1_000;
const rememberedClients = 10_000;
/** Of ids and keys that nobody has. Apart from the clients, so that guessing cannot push those out. */
const rememberedMisses = 2_000;

export interface ClientCacheOptions {
  /** Milliseconds from any fixed point, for tests. */
  now?: () => number;
}

/**
 * A registry that asks another one at most once a second for each client, however many requests want it. A look-up that
 * fails is not remembered, and nothing is ever served past its second: with the database away, so is the client.
 */
export function makeClientCache(registry: ClientRegistry, options: ClientCacheOptions = {}): ClientRegistry {
  const now = options.now ?? (() => performance.now());
  const byId = makeRememberingLookUp(now, (clientId) => registry.byId(clientId));
  const bySecretDigest = makeRememberingLookUp(now, (digest) => registry.bySecretDigest(Buffer.from(digest, "latin1")));
  return { byId, bySecretDigest: (digest) => bySecretDigest(digest.toString("latin1")) };
}

interface Remembered {
  client: Client | undefined;
  /** By `now`. */
  until: number;
}

type LookUp = (key: string) => Promise<Client | undefined>;

function makeRememberingLookUp(now: () => number, lookUp: LookUp): LookUp {
  const clients = new LRUCache<string, Remembered>({ max: rememberedClients });
  const misses = new LRUCache<string, Remembered>({ max: rememberedMisses });
  const underWay = new Map<string, Promise<Client | undefined>>();

  async function fetch(key: string): Promise<Client | undefined> {
    const until = now() + servesMs;
    const client = await lookUp(key);
    const [kept, other] = client === undefined ? [misses, clients] : [clients, misses];
    kept.set(key, { client, until });
    other.delete(key);
    return client;
  }

  return async (key) => {
    const known = clients.get(key) ?? misses.get(key);
    if (known !== undefined && now() < known.until) return known.client;
    const joined = underWay.get(key);
    if (joined !== undefined) return joined;
    const fetching = fetch(key).finally(() => underWay.delete(key));
    underWay.set(key, fetching);
    return fetching;
  };
}
