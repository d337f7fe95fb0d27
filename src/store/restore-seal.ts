import type { Database, Statement } from "./database";
import { toTimestamp } from "./database/timestamps";
import { cutOffEverything } from "./ledger/cutoffs";

/** How many things that a restored database held, and that were still good, a seal has ended. */
export type Sealed = Record<(typeof steps)[number]["ends"], number>;

/**
 * Makes everything unusable that was issued before a moment, or came of a login before it: after a restore, the database no longer knows
 * what of it was spent, rotated or revoked. To be called in a transaction. Each step waits for the requests that hold what it ends, and
 * the next step sees what those have written; the first one makes a second seal wait for this one.
 * @param before epoch milliseconds
 * @param now epoch milliseconds
 */
export async function sealBefore(database: Database, before: number, now: number): Promise<Sealed> {
  await cutOffEverything(database, before);
  const ended: Partial<Sealed> = {};
  for (const { ends, text, takesNow } of steps) {
    const values = [...(takesNow ? [toTimestamp(now)] : []), toTimestamp(before)];
    ended[ends] = (await database.query({ name: `seal_${ends}`, text }, values)).rowCount;
  }
  return ended as Sealed;
}

interface Step extends Pick<Statement, "text"> {
  ends: string;
  takesNow: boolean;
}

/** A session leads to codes and devices, a one-time token or a password to a login, and all of them to families, which have the refresh tokens. */
const steps = [
  { ends: "sessions", takesNow: false, text: "DELETE FROM sessions WHERE auth_time < ?" },
  {
    ends: "authorization_codes",
    takesNow: false,
    text: "DELETE FROM authorization_codes WHERE spent_at IS NULL AND auth_time < ?",
  },
  {
    ends: "device_codes",
    takesNow: false,
    // The device is told that access was denied, which makes it stop asking (RFC 8628 §3.5).
    text: `
      UPDATE device_codes SET status = 'denied'
      WHERE spent_at IS NULL AND status <> 'denied' AND least(created_at, auth_time) < ?`,
  },
  {
    ends: "one_time_passwords",
    takesNow: true,
    text: "UPDATE otp_challenges SET spent_at = ? WHERE spent_at IS NULL AND created_at < ?",
  },
  {
    ends: "one_time_tokens",
    takesNow: true,
    text: "UPDATE one_time_tokens SET spent_at = ? WHERE spent_at IS NULL AND created_at < ?",
  },
  {
    ends: "auth_tokens",
    takesNow: true,
    text: "UPDATE auth_tokens SET revoked_at = ? WHERE revoked_at IS NULL AND created_at < ?",
  },
  {
    ends: "families",
    takesNow: true,
    // In the order of ids, as every revocation of several families, so that two of them cannot deadlock.
    text: `
      UPDATE token_families SET revoked_at = ?
      WHERE id IN (SELECT id FROM token_families WHERE revoked_at IS NULL AND auth_time < ? ORDER BY id FOR UPDATE)`,
  },
] as const satisfies readonly Step[];
