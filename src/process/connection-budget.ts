import type { Logger } from "pino";
import type { Config } from "../config";
import type { Database } from "../store/database";
import { type Capacity, readCapacity } from "../store/database/capacity";

/** Connections of the leader, for maintenance and metrics. It works one task after the other. */
const mostUpkeep = 4;

type Pools = Pick<Config, "workers" | "databasePool" | "databasePooler">;

/** @returns how many connections a server opens at most */
export function computeBudget(config: Pools): number {
  return config.workers * config.databasePool + computeUpkeep(config);
}

/**
 * Compares the connections that this server may open with those that the database has, and logs a warning if they do not fit: under load,
 * requests would be answered "unavailable" while the pools still had room. Logs another if a pooler that no setting tells of is on the way:
 * nothing in the database would end the statements of requests that were given up.
 * @returns a line for people
 */
export async function checkConnectionBudget(config: Pools, database: Database, log: Logger): Promise<string> {
  const upkeep = computeUpkeep(config);
  const connections = computeBudget(config);
  const workers = config.workers === 1 ? "1 worker" : `${config.workers} workers`;
  const budget = `Polymint opens at most ${connections} connections to the database: ${workers} with ${config.databasePool} each, and ${upkeep} for upkeep`;
  // A pooler has few connections to the database for many of its clients, and limits of its own on those.
  const capacity = config.databasePooler === "none" ? await readCapacity(database) : undefined;
  if (capacity === undefined) return budget;
  if (capacity.lacksTimeLimits) log.warn(`The time limits of statements do not reach the database. ${poolerCure}`);
  const servers = Math.floor(capacity.connections / connections);
  const facts = { connections, available: capacity.connections, servers };
  if (servers === 0) log.warn({ ...facts, detail: capacity.limit }, `The database has too few connections for this server. ${cure}`);
  else log.info(facts, "The database has the connections that this server may open.");
  return `${budget}. ${formatCapacity(capacity, servers)}`;
}

const cure = "Lower DATABASE_POOL or WORKERS, raise the limit, or put a pooler in between.";
const poolerCure = "If a pooler that lends sessions drops them (ignore_startup_parameters), set DATABASE_POOLER=transaction.";

function formatCapacity({ connections, limit }: Capacity, servers: number): string {
  const has = `The database has ${connections} (${limit})`;
  if (servers === 0) return `${has}, which are too few. ${cure}`;
  return `${has}, enough for ${servers === 1 ? "one such server" : `${servers} such servers`}`;
}

/** @returns the size of the leader's pool */
export function computeUpkeep({ databasePool }: Pools): number {
  return Math.min(databasePool, mostUpkeep);
}
