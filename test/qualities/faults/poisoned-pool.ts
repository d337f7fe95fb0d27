/** Shows whether a connection pool serves again after the network was silent. */
import { setTimeout as sleep } from "node:timers/promises";
import knex from "knex";
import type { DatabaseSettings } from "../../../src/store/database";
import { makeFaultyWire } from "../../../src/contract-suite/faulty-wire";

/** The part of a database that the check needs. */
export interface PingableDatabase {
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Long enough for the pool to give up a connection and make another one. */
const afterwardsMs = 2_000;

/** Silences the network with twenty statements in flight, then restores it for new connections only: the old ones stay silent. */
export async function checkAfterSilence(
  connection: Record<string, unknown>,
  open: (connection: Record<string, unknown>) => PingableDatabase,
): Promise<"serves" | "poisoned"> {
  const wire = await makeFaultyWire();
  const database = open(wire.through(connection));
  const twenty = () => Promise.allSettled(Array.from({ length: 20 }, () => database.ping()));
  try {
    await twenty();
    wire.silence();
    await twenty();
    wire.mendForNewConnections();
    const until = performance.now() + afterwardsMs;
    while (performance.now() < until) {
      const answers = await twenty();
      if (answers.every(({ status }) => status === "fulfilled")) return "serves";
      await sleep(20);
    }
    return "poisoned";
  } finally {
    wire.mend();
    await database.close();
    await wire.close();
  }
}

/** (control) A pool that stops waiting for an answer but keeps the silent connection for the next query. */
export function openPoisonedDatabase(
  connection: Record<string, unknown>,
  { poolMax, connectTimeoutMs, statementTimeoutMs }: Pick<DatabaseSettings, "poolMax" | "connectTimeoutMs" | "statementTimeoutMs">,
): PingableDatabase {
  const pool = knex({
    client: "pg",
    connection: { ...connection, statement_timeout: statementTimeoutMs },
    acquireConnectionTimeout: connectTimeoutMs,
    pool: { min: 0, max: poolMax },
    log: { warn: () => undefined },
  });
  return {
    ping: async () => {
      const tooLate = sleep(statementTimeoutMs + 300).then(() => Promise.reject(new Error("too late")));
      await Promise.race([pool.raw("SELECT 1"), tooLate]);
    },
    close: () => pool.destroy(),
  };
}
