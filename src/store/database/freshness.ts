import PostgresClient from "knex/lib/dialects/postgres/index.js";
import { Unavailable } from "../../engine/refusal";
import type { Queryable, Statement } from "./queryable";

type Connection = PostgresClient.PooledConnection;

/** Milliseconds for which a measurement serves. An answer may be that much older than the limit. */
const measuredForMs = 1_000;

/** How far the server of a connection was behind its primary. */
export interface LagMeasurement {
  /** By `performance.now()`, from before the statement was sent. */
  at: number;
  /** Seconds; null if the standby has replayed no commit since it was started. */
  behind: number | null;
}

/**
 * Limits how old an answer can be that a server reads from standbys. Each connection is measured by itself, because two may lead to
 * different servers even under one name: when it is made, and before its first use a second after that.
 *
 * What a standby has replayed is what the primary had committed at the time of the last replayed commit, so the age of that
 * commit is the bound. It takes commits to be known: writing servers send one a second ({@link sendPulse}). Whether the standby
 * has replayed all that it received would tell less: it has, too, when its primary has long been out of reach.
 */
export interface LagLimit {
  /** Spares a server that was too far behind a moment ago a connection for every request. @throws Unavailable as {@link checkNew} did */
  recall(place: string): void;
  /** Measures a connection that was just made. @throws Unavailable if its server is too far behind */
  checkNew(connection: Connection, place: string): Promise<void>;
  /** @returns a client whose pool ends a connection to a server that has fallen behind, and takes another one or makes it */
  extendClient(Base?: typeof PostgresClient): typeof PostgresClient;
  /** Seconds, of the newest measurement; undefined if it is older than a second. */
  readNewest(): number | undefined;
}

/** @param maxLagSeconds seconds that a server may be behind its primary */
export function makeLagLimit(maxLagSeconds: number): LagLimit {
  const tooFarBehind = new Map<string, LagMeasurement>();
  let newest: LagMeasurement | undefined;

  async function measure(connection: Connection, query: () => Promise<{ rows: Record<string, unknown>[] }>): Promise<LagMeasurement> {
    const at = performance.now();
    const { rows } = await query();
    const behind = rows[0]?.behind;
    return (newest = connection.lag = { at, behind: typeof behind === "number" ? behind : null });
  }

  const isWithin = ({ behind }: LagMeasurement): boolean => behind !== null && behind <= maxLagSeconds;

  return {
    recall(place) {
      const known = tooFarBehind.get(place);
      if (known !== undefined && isRecent(known)) throw makeFault(known, maxLagSeconds);
    },
    async checkNew(connection, place) {
      const measured = await measure(connection, () => connection.query(lagQuery));
      if (isWithin(measured)) return;
      tooFarBehind.set(place, measured);
      throw makeFault(measured, maxLagSeconds);
    },
    extendClient: (Base = PostgresClient) =>
      class extends Base {
        override async validateConnection(connection: Connection): Promise<boolean> {
          if (connection.lag !== undefined && isRecent(connection.lag)) return true;
          const query = async () => (await this._query(connection, { sql: lagQuery })).response as { rows: Record<string, unknown>[] };
          return measure(connection, query).then(isWithin, () => false);
        }
      },
    readNewest: () => (newest !== undefined && isRecent(newest) ? (newest.behind ?? undefined) : undefined),
  };
}

function isRecent({ at }: LagMeasurement): boolean {
  return performance.now() - at < measuredForMs;
}

function makeFault({ behind }: LagMeasurement, maxLagSeconds: number): Unavailable {
  const state = behind === null ? "has replayed no commit since it was started" : `is ${Math.round(behind)} s behind its primary`;
  return new Unavailable("database", "unreachable", `database: the standby ${state}, and SERVE_MAX_LAG_SECONDS is ${maxLagSeconds}`);
}

/**
 * Commits a transaction that changes nothing, if a standby streams from this server: so the standby has a recent commit when no client
 * asks for tokens. The commit writes no row and some 40 bytes of WAL, and waits neither for the disk nor for a standby.
 * @returns whether there is a standby
 */
export async function sendPulse(database: Queryable): Promise<boolean> {
  return (await database.query(pulseStatement, [])).rowCount === 1;
}

const lagQuery = `
  SELECT CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) ELSE 0 END::float8
    AS behind`;

/** A transaction with an id has a commit record, whatever it did. */
const pulseStatement: Statement = { name: "pulse", text: "SELECT pg_current_xact_id() WHERE EXISTS (SELECT FROM pg_stat_replication)" };
