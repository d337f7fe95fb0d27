import { timingSafeEqual } from "node:crypto";
import type { DerivedMac } from "../../secrets/derived-mac";

/** Milliseconds within which a login that a request demanded must be finished. */
const maxAgeMs = 3_600_000;
const notePattern = /(?:^|&)login_after=(\d{1,15})\.([\w-]{43})$/;

/**
 * Notes in the request itself that it demanded a login, and when: without the note the request would demand another login
 * when the person comes back from the first. The note is signed, and is valid for this one request only.
 */
export interface LoginDemands {
  /** @param now epoch milliseconds @returns the request with a note that it demands a login after `now` */
  add(search: string, now: number): string;
  /** @returns the request without the note and, if the note is valid, the time after which the login must be (epoch milliseconds) */
  read(search: string, now: number): { search: string; since: number | undefined };
}

export function makeLoginDemands(mac: DerivedMac): LoginDemands {
  return {
    add: (search, now) => `${search}&login_after=${now}.${mac(`${now} ${search}`).toString("base64url")}`,
    read(marked, now) {
      const [note = "", at = "", signature = ""] = notePattern.exec(marked) ?? [];
      const search = marked.slice(0, marked.length - note.length);
      const isValid = note !== "" && timingSafeEqual(Buffer.from(signature, "base64url"), mac(`${at} ${search}`));
      return { search, since: isValid && Number(at) > now - maxAgeMs ? Number(at) : undefined };
    },
  };
}
