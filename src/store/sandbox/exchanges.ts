import type { Database } from "../database";
import { takeTurn } from "../database/turns";

/** A request and its answer as the database keeps them. What is in them is a matter of the recorder. */
export interface ExchangeRecord {
  /** Epoch milliseconds. */
  at: number;
  /** The name of a contract or a service; null for a path of none. */
  contract: string | null;
  /** Null unless the client was authenticated. */
  clientId: string | null;
  /** Without any secret, as JSON. */
  exchange: object;
}

/** Which exchanges are wanted. */
export interface ExchangeFilter {
  contract?: string;
  clientId?: string;
  /** Only those after this id, the oldest of them; without it, the newest of all. */
  after?: number;
  limit: number;
}

/** The exchanges of every server on this database. Methods throw `Unavailable`. */
export interface ExchangeStore {
  /** Adds some, and removes the oldest beyond {@link keptExchanges}. */
  add(records: readonly ExchangeRecord[]): Promise<void>;
  /** Oldest first. Ids ascend in the order in which exchanges become visible. */
  list(filter: ExchangeFilter): Promise<(ExchangeRecord & { id: number })[]>;
}

/** How many exchanges are kept. */
export const keptExchanges = 1_000;

export function makeExchangeStore(database: Database): ExchangeStore {
  return {
    async add(records) {
      await database.transact(async (within) => {
        // Until the commit, so that ids become visible in their order: a reader who has seen one never misses a smaller one.
        await takeTurn(within, "sandbox_exchanges");
        await within.query(addStatement, [
          JSON.stringify(
            records.map((record) => ({ ...record, at: record.at / 1000 })),
            makeStorable,
          ),
        ]);
        await within.query(trimStatement, [keptExchanges]);
      });
    },
    async list({ contract = null, clientId = null, after, limit }) {
      const values = [contract, contract, clientId, clientId];
      const { rows } =
        after === undefined
          ? await database.query<ExchangeRow>(newestStatement, [...values, limit])
          : await database.query<ExchangeRow>(laterStatement, [...values, after, limit]);
      return rows.map((row) => ({ ...row, id: Number(row.id), at: row.at.getTime() })).sort((one, other) => one.id - other.id);
    },
  };
}

/** PostgreSQL stores no NUL and no half of a surrogate pair: one such text would cost every record that is written with it. */
function makeStorable(_name: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll(/[\0\p{Surrogate}]/gu, "\uFFFD") : value;
}

type ExchangeRow = Omit<ExchangeRecord, "at"> & { id: string; at: Date };

const addStatement = {
  name: "sandbox_exchange_add",
  text: `
    INSERT INTO sandbox_exchanges (at, dialect, client_id, exchange)
    SELECT to_timestamp(at), contract, "clientId", exchange
    FROM json_to_recordset(?::json) AS row (at float8, contract text, "clientId" text, exchange json)`,
};

const trimStatement = {
  name: "sandbox_exchange_trim",
  text: "DELETE FROM sandbox_exchanges WHERE id <= (SELECT max(id) FROM sandbox_exchanges) - ?",
};

const selection = `
  SELECT id, at, dialect AS contract, client_id AS "clientId", exchange FROM sandbox_exchanges
  WHERE (?::text IS NULL OR dialect = ?) AND (?::text IS NULL OR client_id = ?)`;

const newestStatement = { name: "sandbox_exchange_newest", text: `${selection} ORDER BY id DESC LIMIT ?` };

const laterStatement = { name: "sandbox_exchange_later", text: `${selection} AND id > ? ORDER BY id LIMIT ?` };
