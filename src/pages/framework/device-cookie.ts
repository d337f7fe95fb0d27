import { randomBytes, timingSafeEqual } from "node:crypto";
import { parseCookie, stringifySetCookie } from "cookie";
import type { DerivedMac } from "../../secrets/derived-mac";

/** Seconds from a login until the browser counts as a stranger again. */
const knownSeconds = 90 * 86_400;
/** People who share a browser. The one whose login is the oldest makes room. */
const mostPeople = 4;

/**
 * Remembers with which browsers a person has logged in (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). The
 * cookie is no login. It only decides which limits apply to an attempt. It holds an entry per person: a random
 * name, an end in epoch seconds, and a MAC of both and of the account, so that an entry is worth nothing for another account.
 */
export interface DeviceCookie {
  /** Whether a `Cookie` header has entries at all, genuine or not. */
  hasEntries(header: string | undefined): boolean;
  /**
   * @param account what the entry was made for: see `rememberDevice`
   * @param now epoch milliseconds
   * @returns the random name of the genuine, live entry for this account; undefined if there is none
   */
  find(header: string | undefined, account: string, now: number): string | undefined;
  /** @returns a `Set-Cookie` header with a fresh entry for this account in front of those of others */
  serialize(header: string | undefined, account: string, now: number): string;
}

/** @param issuer decides on the name and on `Secure`, as for the session's cookie */
export function makeDeviceCookie(issuer: string, mac: DerivedMac): DeviceCookie {
  const secure = issuer.startsWith("https:");
  const name = secure ? "__Host-polymint-device" : "polymint-device";
  const entriesOf = (header: string | undefined): string[] =>
    (header === undefined ? "" : (parseCookie(header)[name] ?? "")).split("~", mostPeople).filter((entry) => entryPattern.test(entry));
  const sign = (device: string, end: string, account: string): Buffer => mac(`${device} ${end} ${account}`);

  const isFor = (entry: string, account: string): boolean => {
    const [device = "", end = "", proof = ""] = entry.split(".");
    return timingSafeEqual(Buffer.from(proof, "base64url"), sign(device, end, account));
  };
  const endsAfter = (entry: string, now: number): boolean => Number(entry.split(".")[1]) * 1000 > now;

  return {
    hasEntries: (header) => entriesOf(header).length > 0,
    find: (header, account, now) =>
      entriesOf(header)
        .find((entry) => endsAfter(entry, now) && isFor(entry, account))
        ?.split(".", 1)[0],
    serialize(header, account, now) {
      const device = randomBytes(16).toString("base64url");
      const end = String(Math.floor(now / 1000) + knownSeconds);
      const own = [device, end, sign(device, end, account).toString("base64url")].join(".");
      const others = entriesOf(header).filter((entry) => endsAfter(entry, now) && !isFor(entry, account));
      const value = [own, ...others].slice(0, mostPeople).join("~");
      return stringifySetCookie({ name, value, path: "/", httpOnly: true, sameSite: "lax", secure, maxAge: knownSeconds });
    },
  };
}

const entryPattern = /^[\w-]{22}\.\d{10}\.[\w-]{43}$/;
