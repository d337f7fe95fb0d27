import type { Knex } from "knex";
import PostgresClient from "knex/lib/dialects/postgres/index.js";
import { hasSqlState, sqlState } from "./errors";
import { withTimeout } from "./timeout";

/** A commit that is durable on the primary but was not confirmed by the synchronous standby, so that a failover may lose it. */
export class UnreplicatedError extends Error {}

/** The function in which PostgreSQL waits for a standby. Notices name the function whatever language their text is in. */
const waitForStandby = "SyncRepWaitForLSN";

/**
 * knex's PostgreSQL client with three guarantees that knex does not give.
 *
 * 1. Every query ends in time. The server enforces `statement_timeout`, which does not help when the network swallows the
 *    answer. The connection would go back to the pool and swallow the next query too, so its socket is destroyed. Idle
 *    connections that were last heard from before this query was sent are destroyed with it, because the same network
 *    fault may have hit them. The query is never cancelled on the server: for a commit that waits for a standby, the
 *    server would then report success although the standby does not have it.
 *
 * 2. Connections to a read-only server are destroyed, because another host is the primary by now, or its name leads elsewhere.
 *
 * 3. A commit whose wait for a synchronous standby was cancelled fails, although the server reports success
 *    (PostgreSQL documentation, 27.2.8: the transaction is committed on the primary only).
 * @param queryTimeoutMs milliseconds; longer than the server's `statement_timeout`, which should fire first
 * @param connect makes a connection for the pool
 * @param options `Base`: the client that this one extends; `onConnectionLost`: called when a connection ends that the pool did not close
 */
export function makePostgresClient(
  queryTimeoutMs: number,
  connect: () => Promise<PostgresClient.PooledConnection>,
  { Base = PostgresClient, onConnectionLost }: { Base?: typeof PostgresClient | undefined; onConnectionLost: () => void },
): typeof Knex.Client {
  /** When each connection was last heard from, by `performance.now()`. */
  const heardAt = new Map<PostgresClient.PooledConnection, number>();
  const busy = new Set<PostgresClient.PooledConnection>();

  function destroyIdle(heardBefore: number, reason: unknown): void {
    for (const [connection, at] of heardAt) {
      const inUse = busy.has(connection) || connection.__knexTxId !== undefined;
      if (at < heardBefore && !inUse) destroyConnection(connection, reason);
    }
  }

  return class extends Base {
    override _acquireOnlyConnection(): Promise<PostgresClient.PooledConnection> {
      return connect();
    }

    override async acquireRawConnection(): Promise<PostgresClient.PooledConnection> {
      const connection = await super.acquireRawConnection();
      heardAt.set(connection, performance.now());
      connection.once("end", () => heardAt.delete(connection) && onConnectionLost());
      connection.on("notice", ({ routine }) => {
        if (routine === waitForStandby) connection.unreplicated = true;
      });
      return connection;
    }

    override destroyRawConnection(connection: PostgresClient.PooledConnection): Promise<void> {
      heardAt.delete(connection);
      return super.destroyRawConnection(connection);
    }

    override async _query(connection: PostgresClient.PooledConnection, query: PostgresClient.Query): Promise<PostgresClient.Query> {
      const sentAt = performance.now();
      busy.add(connection);
      try {
        const result = await withTimeout(
          queryTimeoutMs,
          () => super._query(connection, query),
          (timeout) => {
            destroyConnection(connection, timeout);
            destroyIdle(sentAt, timeout);
          },
        );
        heardAt.set(connection, performance.now());
        if (connection.unreplicated === true) throw makeUnreplicatedError(connection);
        return result;
      } catch (thrown) {
        if (hasSqlState(thrown, sqlState.readOnly)) {
          destroyConnection(connection, thrown);
          destroyIdle(performance.now(), thrown);
        } else if (hasLostSession(thrown)) destroyConnection(connection, thrown);
        throw thrown;
      } finally {
        busy.delete(connection);
      }
    }
  };
}

/** Whether the statements that were prepared on a connection are not those that its session has. */
function hasLostSession(thrown: unknown): boolean {
  return hasSqlState(thrown, sqlState.duplicateStatement, sqlState.undefinedStatement);
}

/** The pool replaces the connection before it is used again. */
function destroyConnection(connection: PostgresClient.PooledConnection, reason: unknown): void {
  connection.__knex__disposed = reason;
  connection.connection.stream.destroy();
}

function makeUnreplicatedError(connection: PostgresClient.PooledConnection): UnreplicatedError {
  const reason = new UnreplicatedError("a commit ended without the standby it waited for");
  destroyConnection(connection, reason);
  return reason;
}
