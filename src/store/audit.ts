import type { RefusalCode } from "../engine/refusal";
import type { Database } from "./database";
import { toEpochSeconds, toTimestamp } from "./database/timestamps";

/** An administrative change: who did what to which object. Never a value, old or new. */
export interface AuditedChange {
  /** The user of the operating system. */
  osUser: string;
  host: string;
  /** The command without its options, such as `client create`. */
  command: string;
  /** Ids, or names of migration files. */
  object: string;
}

/** Equal refusals within about a second. */
export interface AuditedRefusal {
  /** When the first of them happened, epoch milliseconds. */
  at: number;
  /** Null for refusals that were left out because there were too many. */
  contract: string | null;
  code: RefusalCode | "left_out";
  /** Null unless the client was authenticated. */
  clientId: string | null;
  network: string | null;
  /** The correlation id of the first of them. */
  correlationId: string | null;
  times: number;
}

export type AuditEntry =
  ({ kind: "change"; at: number } & AuditedChange) | ({ kind: "refusal" } & Omit<AuditedRefusal, "code"> & { code: string });

export interface AuditFilter {
  kind?: AuditEntry["kind"];
  /** Epoch milliseconds. */
  since?: number;
  limit: number;
}

export interface Audit {
  /** @param now epoch milliseconds */
  recordChange(change: AuditedChange, now: number): Promise<void>;
  /** Writes all of them with one statement. */
  recordRefusals(refusals: readonly AuditedRefusal[]): Promise<void>;
  /** Newest first; `at` in epoch seconds. */
  list(filter: AuditFilter): Promise<AuditEntry[]>;
}

export function makeAudit(database: Database): Audit {
  return {
    async recordChange({ osUser, host, command, object }, now) {
      await database.query(changeStatement, [toTimestamp(now), osUser, host, command, object]);
    },
    async recordRefusals(refusals) {
      const column = (value: (refusal: AuditedRefusal) => unknown) => refusals.map(value);
      await database.query(refusalsStatement, [
        column(({ at }) => at / 1000),
        column(({ contract }) => contract),
        column(({ code }) => code),
        column(({ clientId }) => clientId),
        column(({ network }) => network),
        column(({ correlationId }) => correlationId),
        column(({ times }) => times),
      ]);
    },
    async list({ kind, since = 0, limit }) {
      const values = [toTimestamp(since), limit];
      const changes = kind === "refusal" ? [] : (await database.query<ChangeRow>(listChangesStatement, values)).rows;
      const refusals = kind === "change" ? [] : (await database.query<RefusalRow>(listRefusalsStatement, values)).rows;
      const entries: AuditEntry[] = [
        ...changes.map((row) => ({ ...row, kind: "change" as const, at: toEpochSeconds(row.at) })),
        ...refusals.map((row) => ({ ...row, kind: "refusal" as const, at: toEpochSeconds(row.at) })),
      ];
      return entries.sort((one, other) => other.at - one.at).slice(0, limit);
    },
  };
}

type ChangeRow = AuditedChange & { at: Date };
type RefusalRow = Omit<AuditedRefusal, "at" | "code"> & { at: Date; code: string };

const changeStatement = {
  name: "audit_change",
  text: "INSERT INTO audit_changes (at, os_user, host, command, object) VALUES (?, ?, ?, ?, ?)",
};

const refusalsStatement = {
  name: "audit_refusals",
  text: `
    INSERT INTO audit_refusals (at, dialect, code, client_id, network, correlation_id, times)
    SELECT to_timestamp(at), dialect, code, client_id, network, correlation_id, times
    FROM unnest(?::float8[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::integer[])
      AS row (at, dialect, code, client_id, network, correlation_id, times)`,
};

const listChangesStatement = {
  name: "audit_changes_list",
  text: `SELECT at, os_user AS "osUser", host, command, object FROM audit_changes WHERE at >= ? ORDER BY at DESC, id DESC LIMIT ?`,
};

const listRefusalsStatement = {
  name: "audit_refusals_list",
  text: `
    SELECT at, dialect AS contract, code, client_id AS "clientId", network, correlation_id AS "correlationId", times
    FROM audit_refusals WHERE at >= ? ORDER BY at DESC, id DESC LIMIT ?`,
};
