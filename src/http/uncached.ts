/**
 * The headers of an answer with tokens, credentials or what they tell (RFC 6749 §5.1). `Pragma` is for caches that know only
 * HTTP/1.0 (RFC 9111 §5.4).
 */
export const uncached = { "Cache-Control": "no-store", Pragma: "no-cache" } as const;
