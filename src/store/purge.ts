import { setTimeout as sleep } from "node:timers/promises";
import { authTokenWindowSeconds } from "./auth-tokens";
import type { Database } from "./database";
import { refusedWith, sqlState } from "./outcomes";
import { endOf, type EpochDay, partitionName, type Partitions, takeTurns } from "./partitions";
import { moment } from "./times";

/** Dropping a partition locks the whole ledger for a moment. Requests queue behind a lock that waits, so it hardly waits. */
const lockTimeoutMs = 20;
const lockTries = 25;
const lockPauseMs = 200;
/** Rows deleted by one statement; other servers skip the rows it holds. */
const chunkRows = 1000;
/** Servers' clocks may disagree; what expired less than this ago stays. */
const clockMarginMs = 5 * 60_000;

export interface Purged {
  /** Names of the partitions dropped here. */
  partitions: string[];
  assertions: number;
  authTokens: number;
  /** Partitions left for the next time, because the ledger was too busy to lock. */
  left: number;
}

export interface PurgePorts {
  database: Database;
  partitions: Partitions;
}

/**
 * Removes what nobody can need any more. Runs beside requests, and in several servers at once.
 * @returns a function of now (epoch milliseconds) and how long tokens stay in the ledger after they expired (seconds)
 */
export function makePurge({ database, partitions }: PurgePorts) {
  return async function purge(now: number, retentionSeconds: number): Promise<Purged> {
    const expired = (await partitions.days()).filter((day) => endOf(day) + retentionSeconds * 1000 <= now);
    const purged: Purged = { partitions: [], assertions: 0, authTokens: 0, left: 0 };
    for (const day of expired) {
      const outcome = await drop(database, day);
      if (outcome !== "busy") partitions.forget(day);
      if (outcome === "dropped") purged.partitions.push(partitionName(day));
      if (outcome === "busy") purged.left += 1;
    }
    const latest = moment(now - clockMarginMs);
    purged.assertions = await deleteInChunks(database, expiredAssertions, latest);
    purged.authTokens = await deleteInChunks(database, deadAuthTokens, moment(latest.getTime() - authTokenWindowSeconds * 1000));
    return purged;
  };
}

export type Purge = ReturnType<typeof makePurge>;

/** @returns `gone` if another server was quicker */
async function drop(database: Database, day: EpochDay): Promise<"dropped" | "gone" | "busy"> {
  for (let tries = 1; ; tries += 1) {
    try {
      await database.transaction(async (transaction) => {
        await transaction.raw(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
        await transaction.raw(takeTurns);
        await transaction.raw(`DROP TABLE ${partitionName(day)}`);
      });
      return "dropped";
    } catch (thrown) {
      if (refusedWith(thrown, sqlState.undefinedTable)) return "gone";
      if (!refusedWith(thrown, sqlState.lockNotAvailable, sqlState.deadlock)) throw thrown;
      if (tries === lockTries) return "busy";
      await sleep(lockPauseMs);
    }
  }
}

const expiredAssertions = {
  name: "purge_assertions",
  text: `DELETE FROM used_assertions WHERE (client_id, jti) IN (
    SELECT client_id, jti FROM used_assertions WHERE expires_at < ? LIMIT ${chunkRows} FOR UPDATE SKIP LOCKED)`,
};

const deadAuthTokens = {
  name: "purge_auth_tokens",
  text: `DELETE FROM auth_tokens WHERE digest IN (
    SELECT digest FROM auth_tokens WHERE last_used_at < ? LIMIT ${chunkRows} FOR UPDATE SKIP LOCKED)`,
};

async function deleteInChunks(database: Database, statement: { name: string; text: string }, latest: Date): Promise<number> {
  for (let deleted = 0; ;) {
    const { rowCount } = await database.query(statement, [latest]);
    deleted += rowCount;
    if (rowCount < chunkRows) return deleted;
  }
}
