import type { Database } from "../database";
import type { PageRequest } from "../database/page";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

/** A fault as the database keeps it. What it does is a matter of the sandbox. */
export interface FaultRecord {
  /** The name of a contract or a service. */
  contract: string;
  /** Null for the requests of every client. */
  clientId: string | null;
  /** How many more requests it meets; null until it is cleared. */
  timesLeft: number | null;
  /** What it does to a request, as JSON. */
  effect: object;
}

/** A fault that waits for requests. */
export interface ArmedRecord extends FaultRecord {
  /** Epoch seconds. */
  armedAt: number;
  /** Its place in the list, which stays the same while requests count it down. */
  cursor: string;
}

/** The faults of every server on this database. Methods throw `Unavailable`. */
export interface FaultStore {
  /** @param now epoch milliseconds */
  add(record: FaultRecord, now: number): Promise<void>;
  /** By contract, in the order in which they will be taken. */
  list(page?: Partial<PageRequest>): Promise<ArmedRecord[]>;
  /** Removes those of a contract, or all. @returns how many there were */
  clear(contract?: string): Promise<number>;
  /**
   * Takes the next fault for a request and counts it down, in one statement: of two requests at two servers, one gets the last.
   * @param clientId undefined if the request does not say who sent it; then it meets only faults for every client
   */
  take(contract: string, clientId: string | undefined): Promise<FaultRecord | undefined>;
}

export function makeFaultStore(database: Database): FaultStore {
  return {
    async add({ contract, clientId, timesLeft, effect }, now) {
      await database.query(addStatement, [contract, clientId, timesLeft, JSON.stringify(effect), toTimestamp(now)]);
    },
    async list({ limit = null, after } = {}) {
      // The names of contracts and services have no comma.
      const [contract = null, untilCleared = null, rank = null] = after?.split(",") ?? [];
      const values = [contract, contract, untilCleared, rank, limit];
      const { rows } = await database.query<Omit<ArmedRecord, "armedAt"> & { armedAt: Date }>(listStatement, values);
      return rows.map((row) => ({ ...row, armedAt: toEpochSeconds(row.armedAt) }));
    },
    async clear(contract) {
      const { rows } = await database.query<{ timesLeft: number | null }>(clearStatement, [contract ?? null]);
      return rows.filter(({ timesLeft }) => timesLeft !== 0).length;
    },
    async take(contract, clientId) {
      const { rows } = await database.query<FaultRecord>(takeStatement, [contract, clientId ?? null]);
      return rows[0];
    },
  };
}

const columns = `dialect AS contract, client_id AS "clientId", times_left AS "timesLeft", effect`;

/** Those with a number first, oldest first: they are a script. Of those until cleared, the newest counts. */
const rank = "CASE WHEN times_left IS NULL THEN -id ELSE id END";
const order = `times_left IS NULL, ${rank}`;

/** Removes those that are used up too, so that they do not pile up. */
const addStatement = {
  name: "sandbox_fault_add",
  text: `
    WITH used_up AS (DELETE FROM sandbox_faults WHERE times_left = 0)
    INSERT INTO sandbox_faults (dialect, client_id, times_left, effect, armed_at) VALUES (?, ?, ?, ?, ?)`,
};

const listStatement = {
  name: "sandbox_fault_list",
  text: `
    SELECT ${columns}, armed_at AS "armedAt", concat_ws(',', dialect, times_left IS NULL, ${rank}) AS cursor
    FROM sandbox_faults
    WHERE times_left IS DISTINCT FROM 0 AND (?::text IS NULL OR (dialect, ${order}) > (?::text, ?::boolean, ?::bigint))
    ORDER BY dialect, ${order} LIMIT ?`,
};

const clearStatement = {
  name: "sandbox_fault_clear",
  text: `DELETE FROM sandbox_faults WHERE dialect = coalesce(?, dialect) RETURNING times_left AS "timesLeft"`,
};

/** The lock makes the next request wait for this count, and look at the row again: one that is used up by then is passed over. */
const takeStatement = {
  name: "sandbox_fault_take",
  text: `
    UPDATE sandbox_faults SET times_left = times_left - 1
    WHERE id = (
      SELECT id FROM sandbox_faults
      WHERE dialect = ? AND (client_id IS NULL OR client_id = ?) AND times_left IS DISTINCT FROM 0
      ORDER BY ${order} LIMIT 1 FOR UPDATE
    )
    RETURNING ${columns}`,
};
