import type { Queryable } from "../database";

/** Whether the database has kept what it committed, and whether its commits wait for a standby. */
export interface Durability {
  /** Tokens that were lost, as far as no operator has acknowledged it. */
  lostTokens: number;
  /** Why commits do not wait for a standby; undefined if they do. */
  notSynchronous: string | undefined;
}

/**
 * The values of `synchronous_commit` with which a commit waits for a standby. With `remote_write` it does not wait for the
 * standby's disk, so it is lost only if the operating system of the standby fails together with the primary.
 */
const waiting = new Set(["remote_write", "on", "remote_apply"]);

/**
 * Reads both. The settings are those of a session of this server, so the defaults of its role and its database count
 * (PostgreSQL documentation, 27.2.8).
 * @throws Unavailable
 */
export async function readDurability(within: Queryable): Promise<Durability> {
  const { rows } = await within.query<{ lost: number; commit: string | null; standbys: string | null }>(durabilityStatement, []);
  const { lost = 0, commit = null, standbys = null } = rows[0] ?? {};
  return { lostTokens: lost, notSynchronous: explainNotSynchronous(commit ?? "", standbys ?? "") };
}

function explainNotSynchronous(commit: string, standbys: string): string | undefined {
  if (standbys === "") return "synchronous_standby_names is empty";
  return waiting.has(commit) ? undefined : `synchronous_commit is ${commit}`;
}

const durabilityStatement = {
  name: "ledger_durability",
  text: `
    SELECT (SELECT count(*)::integer FROM lost_tokens WHERE acknowledged_at IS NULL) AS lost,
      current_setting('synchronous_commit', true) AS commit, current_setting('synchronous_standby_names', true) AS standbys`,
};
