/** knex ships no types for its dialects. These are of the parts that `postgres-client.ts` builds on (knex 3.3). */
declare module "knex/lib/dialects/postgres/index.js" {
  import type { Knex } from "knex";
  import type PgQuery from "pg/lib/query.js";

  class PostgresClient extends Knex.Client {
    acquireRawConnection(): Promise<PostgresClient.PooledConnection>;
    /** Makes a connection and nothing else; `acquireRawConnection` goes on from there. */
    _acquireOnlyConnection(): Promise<PostgresClient.PooledConnection>;
    destroyRawConnection(connection: PostgresClient.PooledConnection): Promise<void>;
    acquireConnection(): Promise<PostgresClient.PooledConnection>;
    releaseConnection(connection: PostgresClient.PooledConnection): Promise<void>;
    /** Runs a query and puts the answer of `pg` into it. */
    _query(connection: PostgresClient.PooledConnection, query: PostgresClient.Query): Promise<PostgresClient.Query>;
  }

  namespace PostgresClient {
    interface Query {
      sql: string;
      bindings?: readonly unknown[];
      options?: { name: string };
      response?: unknown;
    }

    /** A connection of the pool: a `pg` client with marks of knex and of `postgres-client.ts`. */
    interface PooledConnection {
      /** If set, knex does not use the connection again. */
      __knex__disposed?: unknown;
      /** Set while the connection is in a transaction. */
      __knexTxId?: string;
      /** Set by `postgres-client.ts`: a commit on this connection was not replicated. */
      unreplicated?: boolean;
      /** Set by `pooler.ts`: whether the pooler on the way keeps prepared statements. */
      keepsNames?: boolean;
      /** Set by `freshness.ts`, a `LagMeasurement`: what was measured last. */
      lag?: { at: number; behind: number | null };
      connection: {
        stream: { destroy(): void };
        /** What the server reports of its settings while a connection is made, and whenever one changes. */
        on(event: "parameterStatus", listener: (setting: { parameterName: string; parameterValue: string }) => void): void;
      };
      query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
      /** Runs a query of one's own. */
      query(query: PgQuery): void;
      /** `I` outside transactions; in one, `T`, or `E` after a statement has failed. */
      getTransactionStatus(): "I" | "T" | "E" | null;
      once(event: "end", listener: () => void): void;
      on(event: "notice", listener: (notice: { routine?: string }) => void): void;
    }
  }

  export = PostgresClient;
}
