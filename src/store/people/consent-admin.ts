import type { Database } from "../database";
import { NotFoundError } from "../database/errors";
import type { PageRequest } from "../database/page";
import { runInTransaction } from "../database/single-transaction";
import { toEpochSecondsOrNull, toTimestamp } from "../database/timestamps";
import { type EndedTokens, endTokens } from "./endings";

/** What a person has allowed a client. */
export interface ConsentRecord {
  personId: string;
  clientId: string;
  /** What the person is not asked again. Empty for a client that has tokens but no consent on record, such as a device. */
  scopes: string[];
  /** Epoch seconds; null without a consent on record. */
  givenAt: number | null;
  /** Families of tokens that came of it and are still good. */
  families: number;
}

export interface ConsentFilter extends PageRequest {
  personId?: string;
  clientId?: string;
}

/** The cursor of a consent in the list. Ids of people have no comma. */
export function toConsentCursor({ personId, clientId }: ConsentRecord): string {
  return `${personId},${clientId}`;
}

/** Consents as operators see them. Times called `now` are epoch milliseconds. */
export interface ConsentAdmin {
  /** Lists consents, and approvals of devices whose token is still good, by person and client. */
  list(filter: ConsentFilter, now: number): Promise<ConsentRecord[]>;
  /**
   * Withdraws what a person has allowed a client: the consent on record, and every token that came of any. Nothing to withdraw
   * is no error.
   * @throws NotFoundError if there is no such person or no such client
   */
  revoke(personId: string, clientId: string, now: number): Promise<EndedTokens & { scopes: string[] }>;
}

export function makeConsentAdmin(database: Database): ConsentAdmin {
  return {
    async list({ personId = null, clientId = null, limit, after = "," }, now) {
      const comma = after.indexOf(",");
      const page = [personId, personId, clientId, clientId, after.slice(0, comma), after.slice(comma + 1), limit];
      const at = toTimestamp(now);
      const rows = await database.runLongTask(async (knex) => {
        const found = await knex.raw<{ rows: ConsentRow[] }>(listText, [...page, at, ...page, at, limit]);
        return found.rows;
      });
      return rows.map(toConsentRecord);
    },
    revoke: (personId, clientId, now) =>
      runInTransaction(database, false, async (within) => {
        await mustExist(within, "people", "person", personId);
        await mustExist(within, "clients", "client", clientId);
        const both = { person_id: personId, client_id: clientId };
        const [given] = await within.build((knex) => knex<ConsentRow>("consents").where(both).delete().returning("scopes"));
        return { scopes: given?.scopes ?? [], ...(await endTokens(within, { personId, clientId }, now)) };
      }),
  };
}

async function mustExist(database: Database, table: string, noun: string, id: string): Promise<void> {
  const found = await database.build((knex) => knex(table).where({ id }).pluck<string[]>("id"));
  if (found.length === 0) throw new NotFoundError(`there is no ${noun} ${id}`);
}

interface ConsentRow {
  person_id: string;
  client_id: string;
  scopes: string[];
  given_at: Date | null;
  families: number;
}

function toConsentRecord({ person_id, client_id, scopes, given_at, families }: ConsentRow): ConsentRecord {
  const givenAt = toEpochSecondsOrNull(given_at);
  return { personId: person_id, clientId: client_id, scopes, givenAt: givenAt === null ? null : Math.floor(givenAt), families };
}

const liveText = "revoked_at IS NULL AND expires_at > ?";
const pageText = `
  (?::text IS NULL OR person_id = ?) AND (?::text IS NULL OR client_id = ?) AND (person_id, client_id) > (?, ?)
  ORDER BY person_id, client_id LIMIT ?`;

/** Finds the page first, in the order of indexes, so that it reads no more families and consents than a page has. */
const listText = `
  SELECT person_id, client_id, coalesce(scopes, '{}') AS scopes, given_at, families
  FROM (
    (SELECT person_id, client_id FROM consents WHERE ${pageText})
    UNION
    (SELECT DISTINCT person_id, client_id FROM token_families WHERE ${liveText} AND ${pageText})
  ) listed
  LEFT JOIN consents USING (person_id, client_id)
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS families FROM token_families live
    WHERE live.person_id = listed.person_id AND live.client_id = listed.client_id AND ${liveText}
  ) counted
  ORDER BY person_id, client_id LIMIT ?`;
