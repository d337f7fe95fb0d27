import type { Knex } from "knex";
import type { Database } from "../database";
import { isAlreadyCreated } from "../database/errors";
import { bindQueries } from "../database/single-transaction";
import { toTimestamp } from "../database/timestamps";
import { takeTurn } from "../database/turns";

const dayMs = 86_400_000;
const prefix = "issued_tokens_";

/** A UTC day as days since the epoch. */
export type EpochDay = number;

export interface Partitions {
  /** Creates the partition of the tokens that expire on that day, unless this process knows that it exists. */
  ensureDay(day: EpochDay): Promise<void>;
  /**
   * Creates the partitions of today and of the days ahead, so that no request has to.
   * @param now epoch milliseconds
   */
  ensurePartitions(now: number, daysAhead: number): Promise<void>;
  /** All days that have a partition, oldest first. */
  listDays(): Promise<EpochDay[]>;
  /** Makes this process look for the partition again before it relies on it, because the partition was dropped. */
  forget(day: EpochDay): void;
}

/** The day of a time, such as that of a token's expiry. */
export function toEpochDay(epochSeconds: number): EpochDay {
  return Math.floor((epochSeconds * 1000) / dayMs);
}

/** Epoch milliseconds of the first moment after that day. */
export function getDayEnd(day: EpochDay): number {
  return (day + 1) * dayMs;
}

/** Formats `issued_tokens_YYYYMMDD`. @throws RangeError for a day outside the years 0 to 9999 */
export function formatPartitionName(day: EpochDay): string {
  return prefix + formatDayStart(day).slice(0, 10).replaceAll("-", "");
}

function formatDayStart(day: EpochDay): string {
  const start = toTimestamp(day * dayMs).toISOString();
  if (!/^\d{4}-/.test(start)) throw new RangeError(`There can be no partition for tokens that expire on ${start}.`);
  return start;
}

export function makePartitions(database: Database): Partitions {
  const known = new Set<EpochDay>();

  async function listDays(): Promise<EpochDay[]> {
    const { rows } = await database.query<{ name: string }>(listStatement, []);
    return rows.flatMap(({ name }) => parsePartitionName(name) ?? []).sort((a, b) => a - b);
  }

  async function ensureAll(wanted: readonly EpochDay[]): Promise<void> {
    const missing = new Set(wanted.filter((day) => !known.has(day)));
    if (missing.size === 0) return;
    for (const day of await listDays()) {
      known.add(day);
      missing.delete(day);
    }
    for (const day of missing) {
      await createPartition(database, day);
      known.add(day);
    }
  }

  return {
    listDays,
    ensureDay: (day) => ensureAll([day]),
    ensurePartitions: (now, daysAhead) => {
      const today = toEpochDay(now / 1000);
      return ensureAll(Array.from({ length: daysAhead + 1 }, (_, ahead) => today + ahead));
    },
    forget: (day) => void known.delete(day),
  };
}

const listStatement = {
  name: "ledger_partitions",
  text: `SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'issued_tokens'::regclass`,
};

function parsePartitionName(name: string): EpochDay | undefined {
  const [, year, month, day] = /^issued_tokens_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T00:00:00Z`) / dayMs;
}

/**
 * Creating and dropping a partition begin with this, so that they happen one after the other: otherwise two servers that drop
 * the same partition fail with XX000, and creating one can deadlock with dropping another.
 */
export function takePartitionTurn(transaction: Knex.Transaction): Promise<void> {
  return takeTurn(bindQueries(transaction), "ledger_partitions");
}

/**
 * Creates a table and then attaches it, which blocks no insert into other partitions (`CREATE TABLE … PARTITION OF`
 * would). If another server is creating the same partition, this waits until it exists.
 */
async function createPartition(database: Database, day: EpochDay): Promise<void> {
  const name = formatPartitionName(day);
  try {
    await database.transaction(async (transaction) => {
      await takePartitionTurn(transaction);
      await transaction.raw(`CREATE TABLE ${name} (LIKE issued_tokens INCLUDING ALL)`);
      await transaction.raw(
        `ALTER TABLE issued_tokens ATTACH PARTITION ${name} FOR VALUES FROM ('${formatDayStart(day)}') TO ('${formatDayStart(day + 1)}')`,
      );
    });
  } catch (thrown) {
    if (!isAlreadyCreated(thrown)) throw thrown;
  }
}
