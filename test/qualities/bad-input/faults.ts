import { randomInt } from "node:crypto";
import type { Value } from "./request-builder";
import type { Kind } from "./request-parts";

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

/** A way in which a value can be bad by itself, where it stands in such places. */
export interface Column {
  name: string;
  verdict: Verdict;
  kinds: readonly Kind[];
  /** What stands in the good value's place: one value, several, or none. */
  values: (good: string) => Value[];
}

const all: readonly Kind[] = ["form", "json", "query", "header", "basic"];
const bodies: readonly Kind[] = ["form", "json"];
const heads: readonly Kind[] = ["query", "header", "basic"];
const forms: readonly Kind[] = ["form", "query"];
const decoded: readonly Kind[] = ["form", "json", "query"];
const absentable: readonly Kind[] = ["form", "json", "query", "header"];

const table: [name: string, verdict: Verdict, kinds: readonly Kind[], values: Column["values"]][] = [
  ["made up", "unknown", all, (good) => [likeness(good)]],
  ["without its last character", "unknown", all, (good) => [good.slice(0, -1)]],
  ["cut in half", "unknown", all, (good) => [good.slice(0, good.length / 2)]],
  ["with one character changed", "unknown", all, (good) => [oneChanged(good)]],
  ["with one character more", "unknown", all, (good) => [`${good}x`]],
  ["with a line break and one more", "unknown", ["form", "json", "query", "basic"], (good) => [`${good}\r\nx`]],
  ["8 KB long", "unknown", all, (good) => [good.padEnd(8_192, "x")]],
  ["60 KB long", "unknown", bodies, (good) => [good.padEnd(60_000, "x")]],
  ["60 KB long", "headersTooLarge", heads, (good) => [good.padEnd(60_000, "x")]],
  ["larger than any body", "tooLarge", bodies, (good) => [good.padEnd(65_536, "x")]],

  ["empty", "absent", absentable, () => [""]],
  ["empty", "unknown", ["basic"], () => [""]],
  ["left out", "absent", absentable, () => []],
  ["null", "absent", ["json"], () => [Buffer.from("null")]],
  ["a number", "mistyped", ["json"], () => [Buffer.from("1")]],
  ["in a list", "mistyped", ["json"], (good) => [Buffer.from(JSON.stringify([good]))]],
  ["in an object", "mistyped", ["json"], (good) => [Buffer.from(JSON.stringify({ value: good }))]],
  ["given twice", "repeated", all, (good) => [good, good]],
  ["given twice, once made up", "repeated", all, (good) => [likeness(good), good]],

  ["with NUL as it is", "unfit", ["form"], (good) => [bytes(encodeURIComponent(good), 0)]],
  ["with NUL as it is", "unreadable", ["json"], (good) => [bytes(`"${good}`, 0, 0x22)]],
  ["with NUL as it is", "noHttp", ["query", "header"], (good) => [bytes(good, 0)]],
  ["with NUL as it is", "unknown", ["basic"], (good) => [bytes(good, 0)]],
  ["with NUL encoded", "unfit", decoded, (good) => [`${good}\0`]],
  ["with NUL encoded", "unknown", ["basic"], (good) => [`${good}\0`]],
  ["with NUL at its beginning", "unfit", decoded, (good) => [`\0${good}`]],

  ["with a byte that is no UTF-8", "unreadable", ["form"], (good) => [bytes(encodeURIComponent(good), 0xff)]],
  ["with a byte that is no UTF-8", "unreadable", ["json"], (good) => [bytes(`"${good}`, 0xff, 0x22)]],
  ["with a byte that is no UTF-8", "noHttp", ["query"], (good) => [bytes(encodeURIComponent(good), 0xff)]],
  ["with a byte that is no UTF-8", "unknown", ["header", "basic"], (good) => [bytes(good, 0xff)]],
  ["with such a byte encoded", "unreadable", forms, (good) => [bytes(`${encodeURIComponent(good)}%ff`)]],
  ["with such a byte encoded", "unknown", ["header", "basic"], (good) => [bytes(`${good}%ff`)]],
  ["with half an encoding", "unreadable", forms, (good) => [bytes(`${encodeURIComponent(good)}%4`)]],
  ["with half a surrogate pair", "unknown", ["json"], (good) => [bytes(`"${good}\\ud83d"`)]],
];

export const columns: readonly Column[] = table.map(([name, verdict, kinds, values]) => ({ name, verdict, kinds, values }));

/** Something that looks the same: as long, of the same kinds of characters, and with the prefix of our secrets if it has one. */
export function likeness(good: string): string {
  const kept = /^pm[a-z]_/.exec(good)?.[0] ?? "";
  const made = Array.from(good.slice(kept.length), (character) => {
    const alphabet = alphabets.find((each) => each.includes(character));
    return alphabet === undefined ? character : alphabet.charAt(randomInt(alphabet.length));
  });
  const whole = kept + made.join("");
  return whole === good ? oneChanged(good) : whole;
}

/** The first is that of user codes. */
const alphabets = ["BCDFGHJKLMNPQRSTVWXZ", "abcdefghijklmnopqrstuvwxyz", "AEIOUY", "0123456789"];

/** The same but for a character in its middle, where no encoding has bits to spare. */
function oneChanged(good: string): string {
  const isOfAlphabet = (character: string) => alphabets.some((each) => each.includes(character));
  const at = Array.from(good).findIndex((character, index) => index >= Math.floor(good.length / 2) && isOfAlphabet(character));
  const alphabet = alphabets.find((each) => each.includes(good.charAt(at))) ?? "";
  const next = alphabet.charAt((alphabet.indexOf(good.charAt(at)) + 1) % alphabet.length);
  return good.slice(0, at) + next + good.slice(at + 1);
}

function bytes(text: string, ...more: number[]): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.from(more)]);
}
