/** Seconds; no client may be registered for longer-lived tokens. */
export const longestTokenSeconds = 30 * 86_400;
