/** How long verifiers may cache the key set, in seconds. */
export const keySetMaxAgeSeconds = 300;

/**
 * How old a server's own view of the keys may be, in milliseconds. For that long it may not yet publish a new key, and may
 * still use a withdrawn one.
 */
export const ringStaleMs = 1_000;

/**
 * How old that view may be when a token names a key it lacks, in milliseconds: in an emergency another server signs with a
 * key as soon as it is made. The age also limits how often made-up key ids make the server read the keys.
 */
export const unknownKeyStaleMs = 100;

/**
 * The least time a key is published before it signs, in seconds. A verifier that fetched the key set just before a server
 * published the key must fetch it again by then.
 */
export const leastLeadSeconds = keySetMaxAgeSeconds + ringStaleMs / 1000;
