import type { ClientRegistry } from "../../engine/ports/clients";
import type { Client, Clock } from "../../engine/client";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";
import { listColumns } from "./columns";

export interface RegistryPorts {
  database: Database;
  /** Decides which secrets have not expired. */
  clock: Clock;
  /** Called when a look-up begins, to read at the same time what the request will need after its client. */
  onLookUp?: () => void;
}

/** Reads clients from the database, with one statement each time. Requests read them through `cache.ts`. */
export function makeClientRegistry({ database, clock, onLookUp }: RegistryPorts): ClientRegistry {
  return {
    async findById(clientId) {
      onLookUp?.();
      const { rows } = await database.query<Client>(byIdStatement, [toTimestamp(clock()), clientId]);
      return rows[0];
    },
    async findBySecretDigest(digest) {
      onLookUp?.();
      const now = toTimestamp(clock());
      const { rows } = await database.query<Client>(bySecretStatement, [now, digest, now]);
      return rows[0];
    },
  };
}

/** Columns are named as in the engine's `Client`, so that a row is a `Client`. */
const selectedColumns = `
  ${listColumns("c")},
  ARRAY(
    SELECT s.digest FROM client_secrets s
    WHERE s.client_id = c.id AND (s.expires_at IS NULL OR s.expires_at > ?::timestamptz)
    ORDER BY s.created_at DESC, s.id DESC
  ) AS "secretDigests"`;

const byIdStatement = { name: "client_by_id", text: `SELECT ${selectedColumns} FROM clients c WHERE c.id = ?` };

const bySecretStatement = {
  name: "client_by_secret",
  text: `
    SELECT ${selectedColumns} FROM client_secrets found JOIN clients c ON c.id = found.client_id
    WHERE found.digest = ? AND (found.expires_at IS NULL OR found.expires_at > ?::timestamptz)`,
};
