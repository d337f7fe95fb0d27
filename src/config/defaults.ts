/** Defaults that hold for the process and for programs that call `createApp` alike. */
export const defaults = {
  /** Requests in progress. */
  maxInFlight: 1000,
  refreshGraceSeconds: 10,
} as const;
