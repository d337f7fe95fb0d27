import type { LiveLogin, UserHoldings } from "../store/programmes/user-logins";
import { accessTokensNote, count } from "./ended-output";
import { formatTable, formatTimeOrNull } from "./output";

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

function countHoldings({ logins, oneTimeTokens }: UserHoldings): string {
  const tokens = logins.reduce((sum, { accessTokens }) => sum + accessTokens, 0);
  const counts = [
    count(logins.length, "login", "logins"),
    count(tokens, "access token", "access tokens"),
    count(oneTimeTokens, "one-time token", "one-time tokens"),
  ];
  return counts.join(", ");
}
