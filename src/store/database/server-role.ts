import type PostgresClient from "knex/lib/dialects/postgres/index.js";
import type { TargetSessionAttrs } from "./connection-string";

/** What a session can do. */
export interface ServerRole {
  /** A standby. */
  inRecovery: boolean;
  readOnly: boolean;
}

/** A server that was reached, but is not of the kind that is wanted. */
export class WrongRoleError extends Error {
  override readonly name = "WrongRoleError";
}

const roleQuery = "SELECT pg_is_in_recovery()::text AS in_recovery, current_setting('transaction_read_only') AS read_only";

/**
 * @param reported what the server has reported by itself; since PostgreSQL 14 it reports its role, but a pooler may keep it back
 */
export async function readRole(connection: PostgresClient.PooledConnection, reported: ReadonlyMap<string, string>): Promise<ServerRole> {
  const standby = reported.get("in_hot_standby");
  const readOnly = reported.get("default_transaction_read_only");
  if (standby !== undefined && readOnly !== undefined)
    return { inRecovery: standby === "on", readOnly: standby === "on" || readOnly === "on" };
  const { rows } = await connection.query(roleQuery);
  const [row] = rows;
  return { inRecovery: row?.in_recovery === "true", readOnly: row?.read_only === "on" };
}

/**
 * Judges a server as libpq does (PostgreSQL documentation, 32.1.2, target_session_attrs).
 * @param wanted undefined: the only host of a URL, which is taken as it is if none of its addresses is better
 * @returns whether it is taken only for want of a better one
 * @throws WrongRoleError if it is not taken
 */
export function judgeRole({ inRecovery, readOnly }: ServerRole, wanted: TargetSessionAttrs | undefined): { isSecondBest: boolean } {
  const kind = inRecovery ? "is a standby" : readOnly ? "takes no writes" : "is a primary";
  const demand = (isMet: boolean): { isSecondBest: boolean } => {
    if (!isMet) throw new WrongRoleError(`the server ${kind}, and target_session_attrs is ${String(wanted)}`);
    return { isSecondBest: false };
  };
  switch (wanted) {
    case "any":
      return { isSecondBest: false };
    case "read-write":
      return demand(!readOnly);
    case "read-only":
      return demand(readOnly);
    case "primary":
      return demand(!inRecovery);
    case "standby":
      return demand(inRecovery);
    case "prefer-standby":
      return { isSecondBest: !inRecovery };
    case undefined:
      return { isSecondBest: readOnly };
  }
}
