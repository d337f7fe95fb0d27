import type { JsonWebKey } from "node:crypto";
import { Unavailable } from "../engine/refusal";
import { findKeyFault } from "../x509/public-keys";

/** From the connection to the last byte, so that a server which sends one byte at a time gains nothing. */
const timeoutMs = 3_000;
const largestBytes = 256 * 1024;
/** Keys read of a set, so that a set of very many costs little. */
const mostKeys = 100;

/**
 * Fetches the key set at a `jwks_uri` (RFC 7517 §5). Redirects are not followed, so that a client cannot make the server fetch
 * addresses that no operator registered. Keys that could not be registered in a file are left out. Afterwards nothing of the
 * fetch is left, whatever the other server still sends.
 * @throws Unavailable
 */
export async function fetchKeySet(uri: string): Promise<readonly JsonWebKey[]> {
  const end = new AbortController();
  // Not AbortSignal.any with AbortSignal.timeout: in Node 20 the combined signal may be collected as garbage and never fires.
  const timer = setTimeout(() => end.abort(new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError")), timeoutMs);
  try {
    const response = await fetch(uri, {
      redirect: "error",
      signal: end.signal,
      headers: { accept: "application/jwk-set+json, application/json" },
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const body = JSON.parse(await readLimitedText(response)) as { keys?: unknown };
    if (!Array.isArray(body.keys)) throw new Error("it has no keys array");
    return body.keys.slice(0, mostKeys).filter(isUsable);
  } catch (cause) {
    const kind = cause instanceof DOMException && cause.name === "TimeoutError" ? "timed_out" : "unreachable";
    throw new Unavailable("jwks_uri", kind, `jwks_uri ${uri}: ${cause instanceof Error ? cause.message : "failed"}`, cause);
  } finally {
    clearTimeout(timer);
    end.abort();
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
