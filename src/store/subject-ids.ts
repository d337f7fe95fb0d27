import type { Knex } from "knex";
import { ConflictError } from "./database/errors";
import { bindQueries } from "./database/single-transaction";
import { takeTurn } from "./database/turns";

/*
 * A token names a client or a human in the same claims, so no client may have the id of a human, or of an identity that humans act
 * for (RFC 9700 §4.15, RFC 9068 §5). Both sides take a turn before they look for an id on the other side: of two processes that give
 * it away at once, the second sees what the first committed. Ids are given away seldom enough for one turn for all of them.
 */

/**
 * Keeps an id from becoming a human's until the transaction ends. Ids that read as the same number are the same.
 * @param names ids of a new client, or subjects that its tokens will name
 * @throws ConflictError if one belongs to a person, a user or an identity
 */
export async function reserveClientIds(transaction: Knex.Transaction, names: readonly string[]): Promise<void> {
  const ids = names.flatMap(listReadings);
  await takeTurn(bindQueries(transaction), "subject_ids");
  const { rows } = await transaction.raw<{ rows: { id: string; kind: string }[] }>(findHumansText, [ids, ids, ids]);
  const [found] = rows;
  if (found !== undefined)
    throw new ConflictError(`${found.id} is the id of ${found.kind}; a client must not pass for one, so choose another`);
}

/**
 * Keeps an id from becoming a client's until the transaction ends.
 * @param makeId makes a random id; called again if a client has the id, or its tokens name it
 * @returns an id for a new person, user or identity
 */
export async function reserveHumanId(transaction: Knex.Transaction, makeId: () => string): Promise<string> {
  const id = makeId();
  await takeTurn(bindQueries(transaction), "subject_ids");
  const { rows } = await transaction.raw<{ rows: unknown[] }>(findClientsText, [id, id, id]);
  return rows.length === 0 ? id : reserveHumanId(transaction, makeId);
}

/**
 * Lists the ids that a resource server may read in a text. One that expects a number ignores zeros in front of it, and takes
 * 1e3, 1000.0 and 0x3e8 for 1000. Ids with more digits than a number holds exactly lose their zeros only.
 */
function listReadings(name: string): string[] {
  const text = name.trim();
  const number = Number(text);
  return [name, text, text.replace(/^0+(?=\d)/, ""), ...(text !== "" && Number.isSafeInteger(number) ? [String(number)] : [])];
}

const findHumansText = `
  SELECT id, 'a person' AS kind FROM people WHERE id = ANY (?::text[])
  UNION ALL SELECT id, 'a user' FROM users WHERE id = ANY (?::text[])
  UNION ALL SELECT id, 'an identity' FROM identities WHERE id = ANY (?::text[])`;

/** Which claims name a subject depends on the contract, so the value of any claim counts. */
const findClientsText = `
  SELECT FROM clients WHERE id = ?
  UNION ALL SELECT FROM clients, jsonb_each_text(claims) AS claim WHERE claim.value = ?
  UNION ALL SELECT FROM delegated_clients WHERE id = ?`;
