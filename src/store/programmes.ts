import { insertClient, type NewClient } from "./client-rows";
import type { Database } from "./database";
import { moment } from "./times";

/** A weavr programme: a client whose secret is its API key, and the tenant of identities and users. */
export interface NewProgramme extends Pick<NewClient, "id" | "name" | "dialects" | "grants" | "scopes" | "authMethods" | "claims"> {
  /** HMAC of its API key. */
  secretDigest: Buffer;
}

export interface Programmes {
  /**
   * @param now epoch milliseconds
   * @throws Conflict if there is a client of that id
   */
  create(programme: NewProgramme, now: number): Promise<void>;
}

export function makeProgrammes(database: Database): Programmes {
  return {
    create: (programme, now) =>
      database.transaction(async (transaction) => {
        await insertClient(transaction, programme, now);
        await transaction("programmes").insert({ client_id: programme.id, created_at: moment(now) });
      }),
  };
}
