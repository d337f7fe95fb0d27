import type { Reader, Setting } from "./reader";

/** Requests in progress per process; also for programs that call `createApp`. */
export const defaultMaxInFlight = 1000;

/** How the server accepts requests. */
export interface EdgeConfig {
  edge: {
    maxInFlight: number;
    /** Milliseconds after which a request is ended if the database keeps it waiting. */
    requestWaitMs: number;
    /** Whether browsers shall use https for the hosts below the issuer's too (RFC 6797 §6.1.2). */
    hstsSubdomains: boolean;
  };
}

export const edgeSettings: readonly Setting[] = [
  {
    name: "MAX_IN_FLIGHT",
    fallback: String(defaultMaxInFlight),
    meaning: "requests in progress per process before new ones get 429; those that wait for another server do not count",
  },
  {
    name: "DATABASE_REQUEST_WAIT_MS",
    fallback: "1250",
    meaning: "milliseconds after which a request is ended if the database keeps it waiting",
  },
  {
    name: "HSTS_SUBDOMAINS",
    fallback: "off",
    meaning: "on: browsers shall use https for all hosts below the issuer's too; with an https ISSUER",
  },
];

export function readEdge(read: Reader): EdgeConfig {
  return {
    edge: {
      maxInFlight: read.integer("MAX_IN_FLIGHT", defaultMaxInFlight, 1, 1_000_000),
      requestWaitMs: read.integer("DATABASE_REQUEST_WAIT_MS", 1250, 50, 120_000),
      hstsSubdomains: read.choice("HSTS_SUBDOMAINS", "off", ["on", "off"]) === "on",
    },
  };
}
