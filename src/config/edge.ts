import { defaults } from "./defaults";
import type { Reader, Setting } from "./reader";

/** How requests are taken. */
export interface EdgeConfig {
  edge: {
    maxInFlight: number;
    /** Milliseconds. */
    requestWaitMs: number;
  };
}

export const edgeSettings: readonly Setting[] = [
  {
    name: "MAX_IN_FLIGHT",
    fallback: String(defaults.maxInFlight),
    meaning: "requests in progress per process before new ones get 429",
  },
  {
    name: "DATABASE_REQUEST_WAIT_MS",
    fallback: "1250",
    meaning: "milliseconds after which a request is ended if the database keeps it waiting",
  },
];

export function readEdge(read: Reader): EdgeConfig {
  return {
    edge: {
      maxInFlight: read.integer("MAX_IN_FLIGHT", defaults.maxInFlight, 1, 1_000_000),
      requestWaitMs: read.integer("DATABASE_REQUEST_WAIT_MS", 1250, 50, 120_000),
    },
  };
}
