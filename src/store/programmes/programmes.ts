import type { NewClient } from "../clients/columns";
import { insertClient } from "../clients/rows";
import type { Database } from "../database";
import { NotFoundError } from "../database/errors";
import { toTimestamp } from "../database/timestamps";

/** A programme: a client whose secret is its API key, and the tenant of identities and users. */
export interface NewProgramme extends Pick<
  NewClient,
  "id" | "name" | "contracts" | "grants" | "scopes" | "authMethods" | "claims" | "namedSubjects"
> {
  /** HMAC of its API key. */
  secretDigest: Buffer;
}

export interface ProgrammeStore {
  /**
   * @param now epoch milliseconds
   * @throws ConflictError if a client or a human has that id
   */
  create(programme: NewProgramme, now: number): Promise<void>;
  /** Allows or forbids the programme's delegated clients to act. @throws NotFoundError */
  setDelegation(programmeId: string, enabled: boolean): Promise<void>;
}

export function makeProgrammes(database: Database): ProgrammeStore {
  return {
    create: (programme, now) =>
      database.transaction(async (transaction) => {
        await insertClient(transaction, programme, now);
        await transaction("programmes").insert({ client_id: programme.id, created_at: toTimestamp(now) });
      }),
    async setDelegation(programmeId, enabled) {
      const change = { delegation_enabled: enabled };
      const changed = await database.build((knex) => knex("programmes").where("client_id", programmeId).update(change));
      if (changed === 0) throw new NotFoundError(`there is no programme ${programmeId}`);
    },
  };
}
