import type { JsonWebKey } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { RemoteKeys } from "../engine/ports/clients";
import { Unavailable } from "../engine/refusal";
import { findKeyFault } from "../x509/public-keys";

const freshMs = 5 * 60_000;
/** How soon a key set is fetched again for a key it did not hold: a new key works soon, and made-up key ids cause few fetches. */
const retryMs = 10_000;
const timeoutMs = 3_000;
const largestBytes = 256 * 1024;

interface FetchedKeySet {
  keys: readonly JsonWebKey[];
  at: number;
}

/** Keys read of a set, so that a set of very many costs little. */
const mostKeys = 100;

/**
 * Fetches the keys behind a registered `jwks_uri`, at most every ten seconds. A key set is kept for five minutes, even if a
 * fetch fails meanwhile. An operator registered the address; redirects are not followed, so that the client cannot make the
 * server fetch other addresses. Keys that could not be registered in a file are left out.
 * @param now monotonic milliseconds
 */
export function makeRemoteKeys(now: () => number = () => performance.now()): RemoteKeys {
  const fetched = new LRUCache<string, FetchedKeySet>({ max: 500 });
  const inProgress = new Map<string, Promise<FetchedKeySet>>();

  function loadKeySet(uri: string): Promise<FetchedKeySet> {
    const joined = inProgress.get(uri);
    if (joined !== undefined) return joined;
    const loading = fetchKeys(uri)
      .then((keys) => {
        const fresh = { keys, at: now() };
        fetched.set(uri, fresh);
        return fresh;
      })
      .finally(() => inProgress.delete(uri));
    inProgress.set(uri, loading);
    return loading;
  }

  return {
    async fetch(uri, isWanted) {
      const known = fetched.get(uri);
      if (known === undefined) return (await loadKeySet(uri)).keys;
      const age = now() - known.at;
      const missing = !known.keys.some(isWanted);
      return age > freshMs || (missing && age > retryMs) ? (await loadKeySet(uri)).keys : known.keys;
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
    return body.keys.slice(0, mostKeys).filter(isUsable);
  } catch (cause) {
    const kind = cause instanceof DOMException && cause.name === "TimeoutError" ? "timed_out" : "unreachable";
    throw new Unavailable("jwks_uri", kind, `jwks_uri ${uri}: ${cause instanceof Error ? cause.message : "failed"}`, cause);
  }
}

function isUsable(key: unknown): key is JsonWebKey {
  return typeof key === "object" && key !== null && findKeyFault(key as JsonWebKey) === undefined;
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
