import type { LiveLogin, UserHoldings } from "../store/programmes/user-logins";
import { formatTable, formatTimeOrNull } from "./output";

/** The option of every command that ends what a user holds. */
export const dryRunOption = ["--dry-run", "list what the command would end, and change nothing"] as const;

/** What ends, as JSON. */
export function toHoldingsJson({ logins, oneTimeTokens }: UserHoldings) {
  return { logins: logins.map(toLoginJson), one_time_tokens: oneTimeTokens };
}

function toLoginJson({ family, loggedInAt, endsAt, authTokens, accessTokens }: LiveLogin) {
  const times = { logged_in_at: formatTimeOrNull(loggedInAt), ends_at: formatTimeOrNull(endsAt) };
  return { family, ...times, auth_tokens: authTokens, access_tokens: accessTokens };
}

/**
 * What ends, for people. A dry run lists it; else the numbers must do.
 * @param done a sentence that says what the command did
 */
export function formatHoldings(holdings: UserHoldings, done: string, dryRun: boolean): string {
  const { logins } = holdings;
  if (!dryRun) return `${done} Ended: ${countHoldings(holdings)}.\n\n${accessTokensNote}`;
  const rows = logins.map((login) => Object.values(toLoginJson(login)));
  const table = rows.length === 0 ? [] : [formatTable(["FAMILY", "LOGGED IN", "ENDS", "AUTH TOKENS", "ACCESS TOKENS"], rows)];
  return [`Nothing was changed. The command would end: ${countHoldings(holdings)}.`, ...table].join("\n\n");
}

/** What resource servers notice of it. */
const accessTokensNote =
  "Introspection accepts the access tokens no more. A service that checks only their signature accepts them until they expire.";

function countHoldings({ logins, oneTimeTokens }: UserHoldings): string {
  const tokens = logins.reduce((sum, { accessTokens }) => sum + accessTokens, 0);
  return [count(logins.length, "login"), count(tokens, "access token"), count(oneTimeTokens, "one-time token")].join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
