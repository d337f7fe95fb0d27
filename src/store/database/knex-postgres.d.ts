/** knex ships no types for its dialects; these are the parts that `postgres-client.ts` builds on (knex 3.3). */
declare module "knex/lib/dialects/postgres/index.js" {
  import type { Knex } from "knex";

  class PostgresClient extends Knex.Client {
    acquireRawConnection(): Promise<PostgresClient.PooledConnection>;
    acquireConnection(): Promise<PostgresClient.PooledConnection>;
    releaseConnection(connection: PostgresClient.PooledConnection): Promise<void>;
    _query(connection: PostgresClient.PooledConnection, query: unknown): Promise<unknown>;
  }

  namespace PostgresClient {
    /** A connection of the pool: a `pg` client, with knex's mark of one that must not be used again. */
    interface PooledConnection {
      __knex__disposed?: unknown;
      /** Of the transaction it is in. */
      __knexTxId?: string;
      /** Our own mark: a commit on it was not replicated. */
      unreplicated?: boolean;
      connection: { stream: { destroy(): void } };
      once(event: "end", listener: () => void): void;
      on(event: "notice", listener: (notice: { routine?: string }) => void): void;
    }
  }

  export = PostgresClient;
}
