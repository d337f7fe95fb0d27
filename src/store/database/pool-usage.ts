import type { Knex } from "knex";

/** How many connections of a pool are in use. */
export interface PoolUsage {
  used: number;
  free: number;
  /** Queries that wait for a connection. */
  pending: number;
  max: number;
}

/** knex does not type its pool, which is one of tarn's. */
export function readPoolUsage(knex: Knex): PoolUsage {
  const { pool } = knex.client as { pool: { max: number; numUsed(): number; numFree(): number; numPendingAcquires(): number } };
  return { used: pool.numUsed(), free: pool.numFree(), pending: pool.numPendingAcquires(), max: pool.max };
}
