import type { Reader, Setting } from "./reader";

/** How the server shuts down. */
export interface ShutdownConfig {
  /** Milliseconds in which the server still accepts connections, though /health/ready already answers 503. */
  drainAcceptMs: number;
  /** Seconds after that for requests in progress. */
  drainSeconds: number;
}

export const shutdownSettings: readonly Setting[] = [
  {
    name: "DRAIN_ACCEPT_MS",
    fallback: "1000",
    meaning: "milliseconds at shutdown in which connections are still taken, though /health/ready is 503",
  },
  { name: "DRAIN_SECONDS", fallback: "20", meaning: "seconds after that for requests in progress" },
];

export function readShutdown(read: Reader): ShutdownConfig {
  return {
    drainAcceptMs: read.integer("DRAIN_ACCEPT_MS", 1000, 0, 600_000),
    drainSeconds: read.integer("DRAIN_SECONDS", 20, 0, 3600),
  };
}
