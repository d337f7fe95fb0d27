import type { Reader, Setting } from "./reader";

/** How long anybody waits for the database. */
export interface DatabaseConfig {
  databasePool: number;
  databaseConnectTimeoutMs: number;
  databaseStatementTimeoutMs: number;
  databaseRequestWaitMs: number;
}

export const databaseSettings: readonly Setting[] = [
  { name: "DATABASE_POOL", fallback: "8", meaning: "database connections per process" },
  { name: "DATABASE_CONNECT_TIMEOUT_MS", fallback: "1000", meaning: "milliseconds to wait for a database connection" },
  { name: "DATABASE_STATEMENT_TIMEOUT_MS", fallback: "800", meaning: "milliseconds a statement may run" },
  {
    name: "DATABASE_REQUEST_WAIT_MS",
    fallback: "1250",
    meaning: "milliseconds after which a request is given up if the database keeps it waiting",
  },
];

/**
 * With these defaults whoever asks is answered within a second and a half, whatever the database does, and a connection
 * that was being made when the network fell silent is given up a second after the network is back.
 */
export function readDatabase(read: Reader): DatabaseConfig {
  return {
    databasePool: read.integer("DATABASE_POOL", 8, 1, 1000),
    databaseConnectTimeoutMs: read.integer("DATABASE_CONNECT_TIMEOUT_MS", 1000, 50, 60_000),
    databaseStatementTimeoutMs: read.integer("DATABASE_STATEMENT_TIMEOUT_MS", 800, 50, 60_000),
    databaseRequestWaitMs: read.integer("DATABASE_REQUEST_WAIT_MS", 1250, 50, 120_000),
  };
}
