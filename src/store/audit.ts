import type { Knex } from "knex";
import type { RefusalCode } from "../engine/refusal";
import type { Database } from "./database";
import { makeCursorTimeSql, type PageRequest } from "./database/page";
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

export interface AuditFilter extends PageRequest {
  kind?: AuditEntry["kind"];
  /** Epoch milliseconds. */
  since?: number;
}

export interface Audit {
  /** @param now epoch milliseconds */
  recordChange(change: AuditedChange, now: number): Promise<void>;
  /** Writes all of them with one statement. */
  recordRefusals(refusals: readonly AuditedRefusal[]): Promise<void>;
  /** Newest first; `at` in epoch seconds. At the same time changes come first. */
  list(filter: AuditFilter): Promise<(AuditEntry & { cursor: string })[]>;
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
    list: (filter) => database.runLongTask((knex) => listEntries(knex, filter)),
  };
}

type ChangeRow = AuditedChange & { at: Date; cursor: string };
type RefusalRow = Omit<AuditedRefusal, "at" | "code"> & { at: Date; code: string; cursor: string };

async function listEntries(knex: Knex, { kind, since = 0, limit, after }: AuditFilter): Promise<(AuditEntry & { cursor: string })[]> {
  const [time, lastKind, id] = after?.split(",") ?? ["infinity", "change", mostId];
  const select = async <Row>(text: string, lastId: string | undefined): Promise<Row[]> => {
    const values = [toTimestamp(since), time, lastId, limit] as Knex.RawBinding[];
    return (await knex.raw<{ rows: Row[] }>(text, values)).rows;
  };
  const changes = kind === "refusal" ? [] : await select<ChangeRow>(listChangesText, lastKind === "change" ? id : "0");
  const refusals = kind === "change" ? [] : await select<RefusalRow>(listRefusalsText, lastKind === "change" ? mostId : id);
  const entries = [
    ...changes.map((row) => ({ ...row, kind: "change" as const, at: toEpochSeconds(row.at) })),
    ...refusals.map((row) => ({ ...row, kind: "refusal" as const, at: toEpochSeconds(row.at) })),
  ];
  // The times of cursors are of one length, so they sort as texts.
  const timeOf = ({ cursor }: { cursor: string }): string => cursor.slice(0, cursor.indexOf(","));
  return entries.sort((one, other) => (timeOf(one) === timeOf(other) ? 0 : timeOf(one) < timeOf(other) ? 1 : -1)).slice(0, limit);
}

/** No id of a row is larger. */
const mostId = "9223372036854775807";

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

const pageSql = "WHERE at >= ? AND (at, id) < (?::timestamptz, ?::bigint) ORDER BY at DESC, id DESC LIMIT ?";

const listChangesText = `
  SELECT at, os_user AS "osUser", host, command, object, ${makeCursorTimeSql("at")} || ',change,' || id AS cursor
  FROM audit_changes ${pageSql}`;

const listRefusalsText = `
  SELECT at, dialect AS contract, code, client_id AS "clientId", network, correlation_id AS "correlationId", times,
    ${makeCursorTimeSql("at")} || ',refusal,' || id AS cursor
  FROM audit_refusals ${pageSql}`;
