import type { Knex } from "knex";
import PostgresClient from "knex/lib/dialects/postgres/index.js";

/** A query that got no answer in time. The network may be cut without a word, so its connection is gone too. */
export class QueryTimeout extends Error {}

/**
 * knex's PostgreSQL client, with a limit on how long a query may take *here*. `statement_timeout` is kept by the server
 * and says nothing when the network swallows its answer; such a connection would go back to the pool and swallow the
 * next query too. So its socket is destroyed.
 * @param queryTimeoutMs milliseconds; longer than the server's own `statement_timeout`, which should win
 */
export function postgresClient(queryTimeoutMs: number): typeof Knex.Client {
  return class extends PostgresClient {
    override _query(connection: PostgresClient.PooledConnection, query: unknown): Promise<unknown> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const timeout = new QueryTimeout(`no answer within ${queryTimeoutMs} ms`);
          connection.__knex__disposed = timeout;
          reject(timeout);
          connection.connection.stream.destroy();
        }, queryTimeoutMs);
        super
          ._query(connection, query)
          .then(resolve, reject)
          .finally(() => clearTimeout(timer));
      });
    }
  };
}
