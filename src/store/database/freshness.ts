import { Unavailable } from "../../engine/refusal";
import type { Queryable, Statement } from "./queryable";
import { withTimeout } from "./timeout";

/** Milliseconds for which one measurement serves all reads. An answer may be that much older than the limit. */
const measuredForMs = 1_000;
/** From this age on, a measurement is renewed beside the reads, so that under load none of them waits for it. */
const renewedAfterMs = 500;

interface Measurement {
  /** By `performance.now()`, from before the statement was sent. */
  at: number;
  /** Seconds; null if the standby has replayed no commit since it was started. */
  behind: number | null;
}

/** A readiness probe waits no longer than a request does. */
const readyTimeoutMs = 1_000;

/**
 * Limits how old an answer can be that a server reads from a standby.
 * @param maxLagSeconds seconds that the standby may be behind its primary
 * @returns the database, whose `query` throws `Unavailable` if it is further behind, and which is ready as soon as it is not
 */
export function limitLag<Store extends Queryable & { checkReady(): Promise<void> }>(database: Store, maxLagSeconds: number): Store {
  const check = makeFreshnessCheck(database, maxLagSeconds);
  return {
    ...database,
    query: async (statement, values) => {
      await check();
      return database.query(statement, values);
    },
    checkReady: () =>
      withTimeout(
        readyTimeoutMs,
        async () => check(),
        () => undefined,
      ),
  };
}

/**
 * Makes the check that a standby is not too far behind.
 *
 * What a standby has replayed is what the primary had committed at the time of the last replayed commit, so the age of that
 * commit is the bound. It takes commits to be known: writing servers send one a second ({@link sendPulse}). Whether the standby
 * has replayed all that it received would tell less: it has, too, when its primary has long been out of reach.
 * @param database the standby, unchecked
 * @param maxLagSeconds seconds
 * @returns a function that throws `Unavailable`, at once or by its promise; undefined: go on
 */
function makeFreshnessCheck(database: Queryable, maxLagSeconds: number): () => Promise<void> | undefined {
  let last: Measurement | undefined;
  let measuring: Promise<void> | undefined;

  async function renew(): Promise<void> {
    const at = performance.now();
    const { rows } = await database.query<{ behind: number | null }>(lagStatement, []);
    last = { at, behind: rows[0]?.behind ?? null };
    mustBeWithin(last, maxLagSeconds);
  }

  const renewOnce = (): Promise<void> => (measuring ??= renew().finally(() => (measuring = undefined)));

  return () => {
    const age = last === undefined ? Infinity : performance.now() - last.at;
    if (last === undefined || age >= measuredForMs) return renewOnce();
    // A failure shows when the measurement has become too old.
    if (age >= renewedAfterMs) renewOnce().catch(() => undefined);
    mustBeWithin(last, maxLagSeconds);
    return undefined;
  };
}

function mustBeWithin({ behind }: Measurement, maxLagSeconds: number): void {
  if (behind !== null && behind <= maxLagSeconds) return;
  const state = behind === null ? "has replayed no commit since it was started" : `is ${Math.round(behind)} s behind its primary`;
  throw new Unavailable("database", "unreachable", `database: the standby ${state}, and SERVE_MAX_LAG_SECONDS is ${maxLagSeconds}`);
}

/**
 * Commits a transaction that changes nothing, if a standby streams from this server: so the standby has a recent commit when nobody
 * asks for tokens. The commit writes no row and some 40 bytes of WAL, and waits neither for the disk nor for a standby.
 * @returns whether there is a standby
 */
export async function sendPulse(database: Queryable): Promise<boolean> {
  return (await database.query(pulseStatement, [])).rowCount === 1;
}

const lagStatement: Statement = {
  name: "standby_lag",
  text: `
    SELECT CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) ELSE 0 END::float8
      AS behind`,
};

/** A transaction with an id has a commit record, whatever it did. */
const pulseStatement: Statement = { name: "pulse", text: "SELECT pg_current_xact_id() WHERE EXISTS (SELECT FROM pg_stat_replication)" };
