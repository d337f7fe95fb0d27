/** How to reach a database, and how long it may take. A part of the package's types, so it imports none of the driver. */
export interface DatabaseSettings {
  /** A `postgres://` URL, as `connectionString` too, or connection parameters of `pg` (`host` may be the folder of a Unix socket). */
  connection: string | Readonly<Record<string, unknown>>;
  /** Connections at most. */
  poolMax: number;
  /** Milliseconds within which a connection must be made; also how long a query may wait for a free one. */
  connectTimeoutMs: number;
  /** Milliseconds that a statement may run. 300 ms later its connection is destroyed. */
  statementTimeoutMs: number;
  /** Whether a pooler stands before the database that lends a session for one transaction at a time; default `none`. */
  pooler?: "none" | "transaction";
  /** Of a server that only reads: seconds that an answer may be behind, as in `makeLagLimit`. Left out: the database is to be written. */
  maxLagSeconds?: number;
  /** Called when a write has failed after one that succeeded, for other processes to `distrustWrites`. */
  onWriteFailure?: () => void;
  /** Called with every statement that is sent, so that a test can count them. */
  onStatement?: (sql: string) => void;
  /** Whether idle connections keep the process from ending; default true. */
  holdsProcess?: boolean;
}
