import type { JsonWebKey } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { RemoteKeys } from "../engine/ports/clients";
import { Unavailable } from "../engine/refusal";

const freshMs = 5 * 60_000;
/** How soon a key set is fetched again for a key it did not hold: a new key works at once, a made-up one costs little. */
const retryMs = 10_000;
const timeoutMs = 3_000;
const largestBytes = 256 * 1024;

interface FetchedKeySet {
  keys: readonly JsonWebKey[];
  at: number;
}

/**
 * The keys behind a registered `jwks_uri`, fetched at most every ten seconds and kept for five minutes, whatever becomes
 * of a fetch meanwhile. The address was registered by an operator; redirects are not followed, so it cannot be turned
 * elsewhere.
 */
export function makeRemoteKeys(now: () => number = () => performance.now()): RemoteKeys {
  const fetched = new LRUCache<string, FetchedKeySet>({ max: 500 });
  const underWay = new Map<string, Promise<FetchedKeySet>>();

  function load(uri: string): Promise<FetchedKeySet> {
    const joined = underWay.get(uri);
    if (joined !== undefined) return joined;
    const loading = fetchKeys(uri)
      .then((keys) => {
        const fresh = { keys, at: now() };
        fetched.set(uri, fresh);
        return fresh;
      })
      .finally(() => underWay.delete(uri));
    underWay.set(uri, loading);
    return loading;
  }

  return {
    async fetch(uri, isWanted) {
      const known = fetched.get(uri);
      if (known === undefined) return (await load(uri)).keys;
      const age = now() - known.at;
      const missing = !known.keys.some(isWanted);
      return age > freshMs || (missing && age > retryMs) ? (await load(uri)).keys : known.keys;
    },
  };
}

async function fetchKeys(uri: string): Promise<readonly JsonWebKey[]> {
  try {
    const response = await fetch(uri, {
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: "application/jwk-set+json, application/json" },
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const body = JSON.parse(await readLimitedText(response)) as { keys?: unknown };
    if (!Array.isArray(body.keys)) throw new Error("it has no keys array");
    return body.keys.filter(isJwk);
  } catch (cause) {
    const kind = cause instanceof DOMException && cause.name === "TimeoutError" ? "timed_out" : "unreachable";
    throw new Unavailable("jwks_uri", kind, `jwks_uri ${uri}: ${cause instanceof Error ? cause.message : "failed"}`, cause);
  }
}

function isJwk(key: unknown): key is JsonWebKey {
  return typeof key === "object" && key !== null;
}

async function readLimitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > largestBytes) throw new Error("it is larger than 256 KiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
