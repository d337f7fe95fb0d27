import { randomInt } from "node:crypto";
import type { Draft } from "./draft";
import type { Kind, Place } from "./place";

/** What a fault comes down to. Which words a contract has for it is for its voice to say. */
export type Verdict =
  /** Well-formed, and nobody's: the answer that must not tell unknown from wrong. */
  | "unknown"
  | "absent"
  /** Nothing the value could mean: it has a NUL. */
  | "unfit"
  /** JSON of another type than text. */
  | "mistyped"
  | "repeated"
  /** The request as a whole makes no sense. */
  | "unreadable"
  | "tooLarge"
  /** Node turns it away before any contract sees it. */
  | "noHttp"
  | "headersTooLarge";

export interface Column {
  name: string;
  verdict: Verdict;
  kinds: readonly Kind[];
  spoil(place: Place, draft: Draft, good: string): Draft;
}

const all: readonly Kind[] = ["form", "json", "query", "header", "basic"];
const bodies: readonly Kind[] = ["form", "json"];
const heads: readonly Kind[] = ["query", "header", "basic"];

/** Every way in which any value can be bad by itself. */
export const columns: readonly Column[] = [
  { name: "made up", verdict: "unknown", kinds: all, spoil: (place, draft, good) => place.put(draft, likeness(good)) },
  { name: "without its last character", verdict: "unknown", kinds: all, spoil: (place, draft, good) => place.put(draft, good.slice(0, -1)) },
  { name: "cut in half", verdict: "unknown", kinds: all, spoil: (place, draft, good) => place.put(draft, good.slice(0, good.length / 2)) },
  { name: "with one character changed", verdict: "unknown", kinds: all, spoil: (place, draft, good) => place.put(draft, oneChanged(good)) },
  { name: "with one character more", verdict: "unknown", kinds: all, spoil: (place, draft, good) => place.put(draft, `${good}x`) },
  { name: "8 KB long", verdict: "unknown", kinds: all, spoil: (place, draft, good) => place.put(draft, good.padEnd(8_192, "x")) },
  { name: "60 KB long", verdict: "unknown", kinds: bodies, spoil: (place, draft, good) => place.put(draft, good.padEnd(60_000, "x")) },
  { name: "60 KB long", verdict: "headersTooLarge", kinds: heads, spoil: (place, draft, good) => place.put(draft, good.padEnd(60_000, "x")) },
  { name: "larger than any body", verdict: "tooLarge", kinds: bodies, spoil: (place, draft, good) => place.put(draft, good.padEnd(65_536, "x")) },

  { name: "empty", verdict: "absent", kinds: ["form", "json", "query", "header"], spoil: (place, draft) => place.put(draft, "") },
  { name: "empty", verdict: "unknown", kinds: ["basic"], spoil: (place, draft) => place.put(draft, "") },
  { name: "left out", verdict: "absent", kinds: ["form", "json", "query", "header"], spoil: (place, draft) => place.put(draft) },
  { name: "null", verdict: "absent", kinds: ["json"], spoil: (place, draft) => place.put(draft, Buffer.from("null")) },
  { name: "a number", verdict: "mistyped", kinds: ["json"], spoil: (place, draft) => place.put(draft, Buffer.from("1")) },
  { name: "in a list", verdict: "mistyped", kinds: ["json"], spoil: (place, draft, good) => place.put(draft, Buffer.from(JSON.stringify([good]))) },
  { name: "in an object", verdict: "mistyped", kinds: ["json"], spoil: (place, draft, good) => place.put(draft, Buffer.from(JSON.stringify({ value: good }))) },

  { name: "given twice", verdict: "repeated", kinds: all, spoil: (place, draft, good) => place.put(draft, good, good) },
  { name: "given twice, once made up", verdict: "repeated", kinds: all, spoil: (place, draft, good) => place.put(draft, likeness(good), good) },

  { name: "with NUL as it is", verdict: "unfit", kinds: ["form"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`${encodeURIComponent(good)}\0`)) },
  { name: "with NUL as it is", verdict: "unreadable", kinds: ["json"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`"${good}\0"`)) },
  { name: "with NUL as it is", verdict: "noHttp", kinds: ["query", "header"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`${good}\0`)) },
  { name: "with NUL as it is", verdict: "unknown", kinds: ["basic"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`${good}\0`)) },
  { name: "with NUL encoded", verdict: "unfit", kinds: ["form", "json", "query"], spoil: (place, draft, good) => place.put(draft, `${good}\0`) },
  { name: "with NUL encoded", verdict: "unknown", kinds: ["basic"], spoil: (place, draft, good) => place.put(draft, `${good}\0`) },
  { name: "with NUL at its beginning", verdict: "unfit", kinds: ["form", "json", "query"], spoil: (place, draft, good) => place.put(draft, `\0${good}`) },

  { name: "with a byte that is no UTF-8", verdict: "unreadable", kinds: ["form"], spoil: (place, draft, good) => place.put(draft, joined(encodeURIComponent(good), 0xff)) },
  { name: "with a byte that is no UTF-8", verdict: "noHttp", kinds: ["query"], spoil: (place, draft, good) => place.put(draft, joined(good, 0xff)) },
  { name: "with a byte that is no UTF-8", verdict: "unreadable", kinds: ["json"], spoil: (place, draft, good) => place.put(draft, joined(`"${good}`, 0xff, 0x22)) },
  { name: "with a byte that is no UTF-8", verdict: "unknown", kinds: ["header", "basic"], spoil: (place, draft, good) => place.put(draft, joined(good, 0xff)) },
  { name: "with such a byte encoded", verdict: "unreadable", kinds: ["form", "query"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`${encodeURIComponent(good)}%ff`)) },
  { name: "with such a byte encoded", verdict: "unknown", kinds: ["header", "basic"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`${good}%ff`)) },
  { name: "with half an encoding", verdict: "unreadable", kinds: ["form", "query"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`${encodeURIComponent(good)}%4`)) },
  { name: "with half a surrogate pair", verdict: "unknown", kinds: ["json"], spoil: (place, draft, good) => place.put(draft, Buffer.from(`"${good}\\ud83d"`)) },
];

/** Something that looks the same: same length, same kinds of characters, same prefix up to the first `_` if it has one. */
export function likeness(good: string): string {
  const kept = /^pm[a-z]_/.exec(good)?.[0] ?? "";
  const made = [...good.slice(kept.length)].map((character) => {
    const alphabet = alphabets.find((each) => each.includes(character));
    return alphabet === undefined ? character : alphabet.charAt(randomInt(alphabet.length));
  });
  const whole = kept + made.join("");
  return whole === good ? oneChanged(good) : whole;
}

const alphabets = ["BCDFGHJKLMNPQRSTVWXZ", "abcdefghijklmnopqrstuvwxyz", "AEIOUY", "0123456789"];

function oneChanged(good: string): string {
  const at = [...good].findIndex((character, index) => index >= good.length / 2 && alphabets.some((each) => each.includes(character)));
  const alphabet = alphabets.find((each) => each.includes(good.charAt(at))) ?? "";
  const next = alphabet.charAt((alphabet.indexOf(good.charAt(at)) + 1) % alphabet.length);
  return good.slice(0, at) + next + good.slice(at + 1);
}

function joined(text: string, ...bytes: number[]): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.from(bytes)]);
}
