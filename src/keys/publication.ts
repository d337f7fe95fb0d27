/** How long verifiers may keep the key set, in seconds. */
export const keySetMaxAgeSeconds = 300;

/** How old a server's own view of the keys may be, in milliseconds: until then it neither publishes a new key nor misses a withdrawn one. */
export const ringStaleMs = 1_000;

/**
 * The least time a key is published before it signs, in seconds: whoever fetched the key set just before a server published
 * the key must have fetched it again by then.
 */
export const leastLeadSeconds = keySetMaxAgeSeconds + ringStaleMs / 1000;
