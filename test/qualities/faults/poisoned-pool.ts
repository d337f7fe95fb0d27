import { setTimeout as sleep } from "node:timers/promises";
import knex from "knex";
import type { DatabaseSettings } from "../../../src/store/database";
import { makeFaultyWire } from "../../harness/faulty-wire";

/** As much of a database as it takes to ask whether it is there. */
export interface PingableDatabase {
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Long enough for a connection to be given up and another one to be made. */
const afterwardsMs = 2_000;

/**
 * Has twenty statements in flight when the network falls silent, and asks again once it is back for new connections.
 * Those from before stay silent for good.
 */
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
    wire.mendForNewcomers();
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

/** What must not be: it stops waiting for an answer, and leaves the connection to whoever comes next. */
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
