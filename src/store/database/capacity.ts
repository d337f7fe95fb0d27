import { Unavailable } from "../../engine/refusal";
import type { Database } from ".";

/** How many connections a database has for this server's role. */
export interface Capacity {
  connections: number;
  /** What sets this number, in words. */
  limit: string;
  /** Whether the time limits of this server's session have not reached the database. */
  lacksTimeLimits: boolean;
}

/**
 * Reads how many connections the database has for servers like this one, whether or not they are in use.
 * @returns undefined if the engine has no such settings: it speaks PostgreSQL's protocol and is none
 */
export async function readCapacity(database: Database): Promise<Capacity | undefined> {
  try {
    const { rows } = await database.query<CapacityRow>(capacityStatement, []);
    return rows[0] && toCapacity(rows[0]);
  } catch (thrown) {
    if (thrown instanceof Unavailable) throw thrown;
    return undefined;
  }
}

interface CapacityRow {
  most: number;
  reserved: number;
  /** Null for a superuser, whom it does not bind. */
  role: number | null;
  database: number | null;
  lacksTimeLimits: boolean | null;
}

function toCapacity({ most, reserved, role, database, lacksTimeLimits }: CapacityRow): Capacity {
  const limits = [
    { connections: most - reserved, limit: `max_connections ${most}, less ${reserved} reserved` },
    ...(role === null ? [] : [{ connections: role, limit: `the role's CONNECTION LIMIT ${role}` }]),
    ...(database === null ? [] : [{ connections: database, limit: `the database's CONNECTION LIMIT ${database}` }]),
  ];
  const lowest = limits.reduce((least, each) => (each.connections < least.connections ? each : least));
  return { ...lowest, lacksTimeLimits: lacksTimeLimits === true };
}

/** `reserved_connections` exists since PostgreSQL 16. A limit of -1 is none. */
const capacityStatement = {
  name: "capacity",
  text: `
    SELECT current_setting('max_connections')::integer AS most,
      current_setting('superuser_reserved_connections')::integer
        + coalesce(current_setting('reserved_connections', true), '0')::integer AS reserved,
      CASE WHEN NOT rolsuper AND rolconnlimit >= 0 THEN rolconnlimit END AS role,
      CASE WHEN NOT rolsuper AND datconnlimit >= 0 THEN datconnlimit END AS database,
      (SELECT source NOT IN ('client', 'session') FROM pg_settings WHERE name = 'statement_timeout') AS "lacksTimeLimits"
    FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
};
