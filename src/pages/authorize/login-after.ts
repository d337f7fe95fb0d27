import { timingSafeEqual } from "node:crypto";
import type { DerivedMac } from "../../secrets/derived-mac";

/** How long somebody may take over a login that a request demanded, in milliseconds. */
const longestMs = 3_600_000;
const mark = /(?:^|&)login_after=(\d{1,15})\.([\w-]{43})$/;

/**
 * Remembers, in the request itself, since when a login must have happened: else a request that demands one would demand it
 * again when somebody comes back from it. Only we can make such a note, and it means nothing for any other request.
 */
export interface LoginAfter {
  /** @param now epoch milliseconds @returns the request with the note that a login must come after now */
  demand(search: string, now: number): string;
  /** @returns the request without the note, and since when (epoch milliseconds) if there was a note that is good */
  read(search: string, now: number): { search: string; since: number | undefined };
}

export function makeLoginAfter(mac: DerivedMac): LoginAfter {
  return {
    demand: (search, now) => `${search}&login_after=${now}.${mac(`${now} ${search}`).toString("base64url")}`,
    read(marked, now) {
      const [note = "", at = "", given = ""] = mark.exec(marked) ?? [];
      const search = marked.slice(0, marked.length - note.length);
      const isOurs = note !== "" && timingSafeEqual(Buffer.from(given, "base64url"), mac(`${at} ${search}`));
      return { search, since: isOurs && Number(at) > now - longestMs ? Number(at) : undefined };
    },
  };
}
