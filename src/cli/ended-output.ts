import type { EndedLogins, EndedTokens, FamilyRecord } from "../store/people/endings";
import type { SessionRecord } from "../store/people/sessions";
import { formatTable, formatTime } from "./output";

/** What a command has ended, or would end: as `EndedLogins`, and tokens without a family. */
export interface Ended extends EndedTokens, Partial<Pick<EndedLogins, "sessions">> {
  /** How many tokens are cut off with their client or subject; undefined unless they were counted. */
  tokens?: number;
  /** What ends beside tokens, counted in words. */
  also?: readonly string[];
}

/** The option that every command has which ends more than one thing. */
export const dryRunOption = ["--dry-run", "list what the command would end, and change nothing"] as const;

/** What ends, as JSON. */
export function toEndedJson({ sessions, families, codes, devices, tokens }: Ended) {
  return {
    ...(sessions === undefined ? {} : { sessions: sessions.map(toSessionJson) }),
    families: families.map(toFamilyJson),
    authorization_codes: codes,
    device_approvals: devices,
    ...(tokens === undefined ? {} : { tokens }),
  };
}

/**
 * What ends, for people. A dry run lists it; else the numbers must do.
 * @param done a sentence that says what the command did
 */
export function formatEnded(ended: Ended, done: string, dryRun: boolean): string {
  if (!dryRun) return `${done} Ended: ${countEnded(ended)}.`;
  const { sessions = [], families } = ended;
  const tables = [
    ...(sessions.length === 0 ? [] : [formatSessions(sessions)]),
    ...(families.length === 0 ? [] : [formatTable(familyHeadings, families.map(toFamilyCells))]),
  ];
  return [`Nothing was changed. The command would end: ${countEnded(ended)}.`, ...tables].join("\n\n");
}

/** Whether the command ended anything. */
export function endedAny({ sessions = [], families, codes, devices }: Ended): boolean {
  return sessions.length + families.length + codes + devices > 0;
}

/** What resource servers notice of it. */
export const accessTokensNote =
  "Introspection and userinfo accept the access tokens no more. A service that checks only their signature accepts them until they expire.";

export function formatSessions(sessions: readonly SessionRecord[]): string {
  const cells = sessions.map((each) => [each.personId, ...listSessionTimes(each)]);
  return formatTable(["PERSON_ID", "LOGGED IN", "LAST USED", "ENDS"], cells);
}

export function toSessionJson(session: SessionRecord) {
  const [authenticatedAt, lastUsedAt, expiresAt] = listSessionTimes(session);
  return { person_id: session.personId, logged_in_at: authenticatedAt, last_used_at: lastUsedAt, expires_at: expiresAt };
}

function listSessionTimes({ authenticatedAt, lastUsedAt, expiresAt }: SessionRecord): [string, string, string] {
  return [formatTime(authenticatedAt), formatTime(lastUsedAt), formatTime(expiresAt)];
}

const familyHeadings = ["FAMILY", "PERSON OR USER", "CLIENT", "SCOPE", "SINCE", "EXPIRES"];

function toFamilyCells({ id, personId, userId, clientId, scope, createdAt, expiresAt }: FamilyRecord): string[] {
  return [id, personId ?? userId ?? "", clientId, scope, formatTime(createdAt), formatTime(expiresAt)];
}

function toFamilyJson({ id, personId, userId, clientId, scope, createdAt, expiresAt }: FamilyRecord) {
  const times = { created_at: formatTime(createdAt), expires_at: formatTime(expiresAt) };
  const owner = userId === null ? { person_id: personId } : { user_id: userId };
  return { family: id, ...owner, client_id: clientId, scope, ...times };
}

function countEnded({ sessions, families, codes, devices, tokens, also = [] }: Ended): string {
  const counts = [
    ...(sessions === undefined ? [] : [count(sessions.length, "session", "sessions")]),
    count(families.length, "family of tokens", "families of tokens"),
    count(codes, "authorization code", "authorization codes"),
    count(devices, "approval of a device", "approvals of devices"),
    ...(tokens === undefined ? [] : [`${count(tokens, "token", "tokens")} in all`]),
    ...also,
  ];
  return counts.join(", ");
}

export function count(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`;
}
