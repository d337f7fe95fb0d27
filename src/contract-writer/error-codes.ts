import type { RefusalCode } from "../engine/refusal";
import { reduceName } from "./words";

interface Meaning {
  /** The nearest code of RFC 6749 §5.2 or RFC 8628 §3.5. */
  code: string;
  /** Statuses in the order in which they fit. */
  statuses: readonly number[];
  /** Parts of vendors' names for it, reduced to letters and digits, the best first. */
  words: readonly string[];
}

const invalid = [
  "invalidrequest",
  "badrequest",
  "validation",
  "invalidparam",
  "invalidinput",
  "invalidargument",
  "missing",
  "malformed",
  "invalid",
  "request",
];
const unauthenticated = [
  ...["invalidclient", "unauthorized", "unauthenticated", "invalidcredential", "authenticationfailed", "autherror", "authentication"],
  ...["credential", "accessdenied", "forbidden"],
];
const grantFault = ["invalidgrant", "invalidcode", "invalidtoken", "expired", ...unauthenticated];
const serverFault = ["servererror", "internalservererror", "internalerror", "internal", "unexpected", "unknown", "server"];
const away = ["temporarilyunavailable", "serviceunavailable", "unavailable", "maintenance", ...serverFault];

const badGrant: Meaning = { code: "invalid_grant", statuses: [400, 401, 403], words: [...grantFault, ...invalid] };
const badClient: Meaning = { code: "invalid_client", statuses: [401, 400, 403], words: [...unauthenticated, ...invalid] };
const badRequest: Meaning = { code: "invalid_request", statuses: [400, 422], words: invalid };
const unavailable: Meaning = { code: "temporarily_unavailable", statuses: [503, 500], words: away };

/** What each refusal is nearest to in a vendor's words. */
export const meanings: Readonly<Record<RefusalCode, Meaning>> = {
  invalid_request: badRequest,
  malformed_request: { ...badRequest, words: ["malformed", "badrequest", ...invalid] },
  unsupported_grant_type: {
    code: "unsupported_grant_type",
    statuses: [400, 422],
    words: ["unsupportedgrant", "granttype", "unsupported", ...invalid],
  },
  invalid_client: badClient,
  client_disabled: badClient,
  unauthorized_client: {
    code: "unauthorized_client",
    statuses: [400, 403, 401],
    words: ["unauthorizedclient", "forbidden", "accessdenied", ...unauthenticated, ...invalid],
  },
  invalid_scope: {
    code: "invalid_scope",
    statuses: [400, 403, 422],
    words: ["invalidscope", "scope", "forbidden", "accessdenied", ...invalid],
  },
  invalid_grant: badGrant,
  authorization_pending: { ...badGrant, code: "authorization_pending", words: ["authorizationpending", "pending", ...badGrant.words] },
  slow_down: { ...badGrant, code: "slow_down", words: ["slowdown", "toomany", "ratelimit", ...badGrant.words] },
  expired_token: { ...badGrant, code: "expired_token", words: ["expiredtoken", "expired", ...badGrant.words] },
  access_denied: { ...badGrant, code: "access_denied", words: ["accessdenied", "forbidden", "denied", ...badGrant.words] },
  locked: badGrant,
  subject_not_found: badGrant,
  not_found: { code: "invalid_request", statuses: [404], words: ["notfound", ...invalid] },
  method_not_allowed: { code: "invalid_request", statuses: [405], words: ["methodnotallowed", "notallowed", ...invalid] },
  not_acceptable: { code: "invalid_request", statuses: [406, 400, 422], words: ["notacceptable", ...invalid] },
  payload_too_large: { code: "invalid_request", statuses: [413], words: ["toolarge", ...invalid] },
  unsupported_media_type: { code: "invalid_request", statuses: [415], words: ["mediatype", "contenttype", ...invalid] },
  throttled: {
    code: "temporarily_unavailable",
    statuses: [429],
    words: ["toomany", "ratelimit", "throttl", "slowdown", "quota", ...away, ...invalid],
  },
  outside_hours: unavailable,
  not_ready: unavailable,
  server_error: { code: "server_error", statuses: [500, 503], words: [...serverFault, ...away] },
  dependency_unreachable: unavailable,
  dependency_timeout: { ...unavailable, statuses: [503, 504, 500], words: ["timeout", ...away] },
};

/** Finds the member of a vendor's enumeration that is nearest to a refusal. */
export function findNearest(code: RefusalCode, members: readonly string[]): string {
  const meaning = meanings[code];
  const reduced = members.map((member) => ({ member, name: reduceName(member) }));
  const exact = reduced.find(({ name }) => name === reduceName(meaning.code));
  if (exact !== undefined) return exact.member;
  for (const word of meaning.words) {
    const found = reduced.find(({ name }) => name === word) ?? reduced.find(({ name }) => name.includes(word));
    if (found !== undefined) return found.member;
  }
  return members[0] ?? meaning.code;
}

/** Spells an OAuth code as the file spells its own: `INVALID_CLIENT`, `invalid-client`, `invalidClient` or `InvalidClient`. */
export function spellLike(code: string, shown: readonly unknown[]): string {
  const words = code.split("_");
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  for (const text of shown) {
    if (typeof text !== "string") continue;
    if (/^[A-Z]+(?:_[A-Z]+)*$/.test(text)) return code.toUpperCase();
    if (/^[a-z]+(?:-[a-z]+)+$/.test(text)) return words.join("-");
    if (/^[a-z]+(?:[A-Z][a-z]+)+$/.test(text)) return words.map((word, index) => (index === 0 ? word : capital(word))).join("");
    if (/^[A-Z][a-z]+(?:[A-Z][a-z]+)+$/.test(text)) return words.map(capital).join("");
  }
  return code;
}
