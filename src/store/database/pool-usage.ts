import type { Knex } from "knex";

/** The connections of a pool. */
export interface PoolUsage {
  used: number;
  free: number;
  /** Requests that wait for one. */
  pending: number;
  max: number;
}

/** knex has no word for its pool, which is tarn's. */
export function readPoolUsage(knex: Knex): PoolUsage {
  const { pool } = knex.client as { pool: { max: number; numUsed(): number; numFree(): number; numPendingAcquires(): number } };
  return { used: pool.numUsed(), free: pool.numFree(), pending: pool.numPendingAcquires(), max: pool.max };
}
