import { addParameters, ConnectionStringError, parseConnectionString } from "../store/database/connection-string";
import { fewPartitions } from "../store/ledger/partitions-ahead";
import type { Reader, Setting } from "./reader";

/** How the server uses the database. */
export interface DatabaseConfig {
  /** `read`: the server answers what only reads, from a standby or a primary, and writes nothing. */
  serve: "all" | "read";
  /** Seconds that the standby of a server that only reads may be behind. */
  serveMaxLagSeconds: number;
  /** Connections per process. */
  databasePool: number;
  databaseConnectTimeoutMs: number;
  databaseStatementTimeoutMs: number;
  /** Whether DATABASE_URL leads to a pooler that lends a session for one transaction at a time. */
  databasePooler: "none" | "transaction";
  /** Whether the server is not ready while commits do not wait for a standby. */
  databaseRequireSync: boolean;
  /** Seconds that expired tokens stay in the ledger. */
  retentionSeconds: number;
  /** Days after today for which the ledger has a partition. */
  partitionsAhead: number;
}

export const databaseSettings: readonly Setting[] = [
  {
    name: "SERVE",
    fallback: "all",
    meaning: "all or read; a read server answers introspection, keys, metadata and userinfo, writes nothing, and so works on a standby",
  },
  {
    name: "SERVE_MAX_LAG_SECONDS",
    fallback: "60",
    meaning: "with SERVE=read, seconds that the standby may be behind; further behind, the server answers unavailable and is not ready",
  },
  { name: "PGSSLMODE", fallback: "prefer", meaning: "`sslmode` of DATABASE_URL, if the URL has none" },
  { name: "PGSSLROOTCERT", fallback: "none", meaning: "`sslrootcert` of DATABASE_URL, if the URL has none" },
  { name: "DATABASE_POOL", fallback: "8", meaning: "database connections per process" },
  { name: "DATABASE_CONNECT_TIMEOUT_MS", fallback: "1000", meaning: "milliseconds to wait for a database connection" },
  { name: "DATABASE_STATEMENT_TIMEOUT_MS", fallback: "800", meaning: "milliseconds a statement may run" },
  {
    name: "DATABASE_POOLER",
    fallback: "none",
    meaning: "transaction if DATABASE_URL leads to a pooler in transaction mode, such as PgBouncer; with session mode too",
  },
  { name: "DATABASE_REQUIRE_SYNC", fallback: "0", meaning: "1: the server is not ready while commits do not wait for a standby" },
  { name: "RETENTION_SECONDS", fallback: "86400", meaning: "seconds that expired tokens stay in the ledger" },
  {
    name: "PARTITIONS_AHEAD",
    fallback: "8",
    meaning: "days for which the ledger has a partition in advance; fewer than 3 are logged as a warning",
  },
];

/**
 * With these defaults and DATABASE_REQUEST_WAIT_MS, every caller is answered within 1.5 seconds, whatever the database does,
 * and a connection that was being opened when the network failed is closed a second after the network is back.
 */
export function readDatabase(read: Reader): DatabaseConfig {
  return {
    serve: read.choice("SERVE", "all", ["all", "read"]),
    serveMaxLagSeconds: read.integer("SERVE_MAX_LAG_SECONDS", 60, 2, 86_400),
    databasePool: read.integer("DATABASE_POOL", 8, 1, 1000),
    databaseConnectTimeoutMs: read.integer("DATABASE_CONNECT_TIMEOUT_MS", 1000, 50, 60_000),
    databaseStatementTimeoutMs: read.integer("DATABASE_STATEMENT_TIMEOUT_MS", 800, 50, 60_000),
    databasePooler: read.choice("DATABASE_POOLER", "none", ["none", "transaction"]),
    databaseRequireSync: read.choice("DATABASE_REQUIRE_SYNC", "0", ["0", "1"]) === "1",
    retentionSeconds: read.integer("RETENTION_SECONDS", 86_400, 0, 10 * 365 * 86_400),
    partitionsAhead: read.integer("PARTITIONS_AHEAD", 8, fewPartitions, 400),
  };
}

/** Reads the URL of the database, with what it does not say itself. Its faults say nothing that may be part of a password. */
export function readDatabaseUrl(read: Reader): string | undefined {
  const given = read.text("DATABASE_URL");
  const defaults = { sslmode: read.text("PGSSLMODE"), sslrootcert: read.text("PGSSLROOTCERT") };
  if (given === undefined) return undefined;
  const url = addParameters(given, defaults);
  try {
    parseConnectionString(url);
  } catch (thrown) {
    if (!(thrown instanceof ConnectionStringError)) throw thrown;
    for (const fault of thrown.faults) read.reject("DATABASE_URL", fault);
  }
  return url;
}
