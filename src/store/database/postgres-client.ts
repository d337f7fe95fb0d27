import type { Knex } from "knex";
import PostgresClient from "knex/lib/dialects/postgres/index.js";
import { hasSqlState, sqlState } from "./errors";
import { withTimeout } from "./timeout";

type Connection = PostgresClient.PooledConnection;

/** A commit that is durable here, and not where it should be too before anybody may rely on it. */
export class UnreplicatedError extends Error {}

/** Where PostgreSQL waits for a standby. Notices name the place in its source, whatever language they are written in. */
const waitForStandby = "SyncRepWaitForLSN";

/**
 * knex's PostgreSQL client, with three promises that it does not make.
 *
 * A query ends *here*: `statement_timeout` is kept by the server and says nothing when the network swallows its answer.
 * Such a connection would go back to the pool and swallow the next query too, so its socket is destroyed; and with it
 * go the idle ones that were last heard before, which the same cut may have hit. The server is never asked to cancel:
 * it would report success for a commit that no standby has.
 *
 * A server that takes no writes is let go of: its name may belong to another one by now.
 *
 * A commit whose wait for a synchronous standby was cancelled, by whomever, is no success, though the server says so
 * (PostgreSQL documentation, 27.2.8: it is committed here and nowhere else).
 * @param queryTimeoutMs milliseconds; longer than the server's own `statement_timeout`, which should win
 */
export function makePostgresClient(queryTimeoutMs: number): typeof Knex.Client {
  /** When each was last heard, by `performance.now()`. */
  const heardAt = new Map<Connection, number>();
  const busy = new Set<Connection>();

  function dropIdleSince(moment: number, reason: unknown): void {
    for (const [connection, at] of heardAt) {
      const inUse = busy.has(connection) || connection.__knexTxId !== undefined;
      if (at < moment && !inUse) destroyConnection(connection, reason);
    }
  }

  return class extends PostgresClient {
    override async acquireRawConnection(): Promise<Connection> {
      const connection = await super.acquireRawConnection();
      heardAt.set(connection, performance.now());
      connection.once("end", () => heardAt.delete(connection));
      connection.on("notice", ({ routine }) => {
        if (routine === waitForStandby) connection.unreplicated = true;
      });
      return connection;
    }

    override async _query(connection: Connection, query: unknown): Promise<unknown> {
      const sentAt = performance.now();
      busy.add(connection);
      try {
        const answer = await withTimeout(
          queryTimeoutMs,
          () => super._query(connection, query),
          (late) => {
            destroyConnection(connection, late);
            dropIdleSince(sentAt, late);
          },
        );
        heardAt.set(connection, performance.now());
        if (connection.unreplicated === true) throw makeUnreplicatedError(connection);
        return answer;
      } catch (thrown) {
        if (hasSqlState(thrown, sqlState.readOnly)) {
          destroyConnection(connection, thrown);
          dropIdleSince(performance.now(), thrown);
        }
        throw thrown;
      } finally {
        busy.delete(connection);
      }
    }
  };
}

/** The pool replaces it before anybody else can get it. */
function destroyConnection(connection: Connection, reason: unknown): void {
  connection.__knex__disposed = reason;
  connection.connection.stream.destroy();
}

function makeUnreplicatedError(connection: Connection): UnreplicatedError {
  const reason = new UnreplicatedError("a commit ended without the standby it waited for");
  destroyConnection(connection, reason);
  return reason;
}
