import type { Knex } from "knex";

interface PooledConnection {
  ref(): void;
  unref(): void;
}

/** What is used of tarn's pool, which knex does not type. */
interface Pool {
  interval: NodeJS.Timeout | null;
  on(event: "createSuccess" | "acquireSuccess" | "destroyRequest", listener: (eventId: number, connection: PooledConnection) => void): void;
  on(event: "release", listener: (connection: PooledConnection) => void): void;
  on(event: "startReaping", listener: () => void): void;
}

/**
 * Keeps a pool whose connections are all idle from holding the process. A connection that is in use, is being made or is being closed holds it.
 */
export function releaseProcessWhenIdle(knex: Knex): void {
  const { pool } = knex.client as { pool: Pool };
  pool.on("createSuccess", (_id, connection) => connection.unref());
  pool.on("acquireSuccess", (_id, connection) => connection.ref());
  pool.on("release", (connection) => connection.unref());
  pool.on("destroyRequest", (_id, connection) => connection.ref());
  // tarn sets the timer after it has told its listeners.
  pool.on("startReaping", () => queueMicrotask(() => pool.interval?.unref()));
}
