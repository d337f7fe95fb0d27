/** How long verifiers may keep the key set, in seconds. */
export const keySetMaxAgeSeconds = 300;

/** How old a server's own view of the keys may be, in milliseconds: until then it neither publishes a new key nor misses a withdrawn one. */
export const ringStaleMs = 1_000;

/**
 * How old that view may be when somebody shows a token of a key that it lacks, in milliseconds: another server signs with a
 * key as soon as it is made in an emergency. Whoever makes kids up has us look no more often than that.
 */
export const unknownKeyStaleMs = 100;

/**
 * The least time a key is published before it signs, in seconds: whoever fetched the key set just before a server published
 * the key must have fetched it again by then.
 */
export const leastLeadSeconds = keySetMaxAgeSeconds + ringStaleMs / 1000;
