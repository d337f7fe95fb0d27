import type { Knex } from "knex";
import type { Database } from "../database";
import { isUuid } from "../database/ids";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";
import { endSessions, type SessionRecord } from "./sessions";

/**
 * Whose logins and tokens end: a person's, a client's, or a person's at one client.
 *
 * The functions of this file run in the transaction of the change that they belong to, and after it. Each step waits for the
 * requests that hold what it ends, and the next step sees what those have written: a session leads to codes, a code to a
 * family, a family to tokens. So nothing that was on its way slips through between two steps.
 */
export type Whose = { personId: string; clientId?: string } | { personId?: undefined; clientId: string };

/** A family whose refresh tokens, or only access token, were still good. Times are epoch seconds. */
export interface FamilyRecord {
  id: string;
  /** Null for a user's login. */
  personId: string | null;
  /** Null for a person's family. */
  userId: string | null;
  clientId: string;
  scope: string;
  createdAt: number;
  expiresAt: number;
}

/** What a change has ended. */
export interface EndedTokens {
  families: FamilyRecord[];
  /** Authorization codes that were not redeemed yet. */
  codes: number;
  /** Approved devices that had not collected their tokens yet. */
  devices: number;
}

export interface EndedLogins extends EndedTokens {
  sessions: SessionRecord[];
}

/** Ends every session of a person, and all tokens that came of them. @param now epoch milliseconds */
export async function endLogins(database: Database, personId: string, now: number): Promise<EndedLogins> {
  const sessions = await endSessions(database, personId, now);
  return { sessions, ...(await endTokens(database, { personId }, now)) };
}

/**
 * Revokes families of tokens, and ends the codes and approvals that would begin further ones. Sessions stay.
 * @param now epoch milliseconds
 */
export async function endTokens(database: Database, whose: Whose, now: number): Promise<EndedTokens> {
  const owned = toColumns(whose);
  const codes = await database.build((knex) => knex("authorization_codes").where(owned).whereNull("spent_at").delete());
  // The device is told that access was denied, which makes it stop asking (RFC 8628 §3.5).
  const devices = await database.build((knex) =>
    knex("device_codes").where(owned).where("status", "approved").whereNull("spent_at").update({ status: "denied" }),
  );
  return { families: await endFamilies(database, whose, now), codes, devices };
}

/** Revokes families of tokens. @param now epoch milliseconds @returns those that were still good */
export async function endFamilies(database: Database, whose: Whose, now: number): Promise<FamilyRecord[]> {
  const families = await database.build((knex) => revokeFamilies(knex, toColumns(whose), now));
  return families.filter(({ expires_at }) => expires_at.getTime() > now).map(toFamilyRecord);
}

/**
 * Revokes one family.
 * @param now epoch milliseconds
 * @returns the family, and whether it was revoked before; undefined if there is no such family
 */
export async function endFamily(database: Database, id: string, now: number): Promise<(FamilyRecord & { before: boolean }) | undefined> {
  if (!isUuid(id)) return undefined;
  return database.build(async (knex) => {
    const [row] = await revokeFamilies(knex, { id }, now);
    if (row !== undefined) return { ...toFamilyRecord(row), before: false };
    const known = await knex<FamilyRow>("token_families").where({ id }).first();
    return known && { ...toFamilyRecord(known), before: true };
  });
}

/** Locks the rows in the order of their ids, so that two revocations that overlap cannot deadlock. */
function revokeFamilies(knex: Knex, which: Readonly<Record<string, string>>, now: number): Promise<FamilyRow[]> {
  const found = knex("token_families").select("id").where(which).whereNull("revoked_at").orderBy("id").forUpdate();
  const revoked = { revoked_at: toTimestamp(now) };
  return knex<FamilyRow>("token_families").whereIn("id", found).update(revoked).returning("*");
}

function toColumns({ personId, clientId }: Whose): Record<string, string> {
  return { ...(personId === undefined ? {} : { person_id: personId }), ...(clientId === undefined ? {} : { client_id: clientId }) };
}

interface FamilyRow {
  id: string;
  person_id: string | null;
  user_id: string | null;
  client_id: string;
  scope: string;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

function toFamilyRecord({ id, person_id, user_id, client_id, scope, created_at, expires_at }: FamilyRow): FamilyRecord {
  const times = { createdAt: Math.floor(toEpochSeconds(created_at)), expiresAt: Math.floor(toEpochSeconds(expires_at)) };
  return { id, personId: person_id, userId: user_id, clientId: client_id, scope, ...times };
}
