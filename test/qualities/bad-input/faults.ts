/** The faults that a single value of a request can have, and what each comes down to. */
import { randomInt } from "node:crypto";
import type { RawValue } from "./request-builder";
import type { PartKind } from "./request-parts";

/** What a fault comes down to. `expected-wording.ts` has the wording that each contract gives it. */
export type FaultKind =
  /** Well-formed, but the server does not know it. The response must not tell unknown from wrong. */
  | "unknown"
  | "absent"
  /** It has a NUL character. */
  | "unfit"
  /** JSON of another type than a string. */
  | "mistyped"
  | "repeated"
  /** The request as a whole cannot be parsed. */
  | "unreadable"
  | "tooLarge"
  /** Node refuses it before it reaches a contract. */
  | "noHttp"
  | "headersTooLarge";

/** A way in which a value can be bad by itself, in parts of these kinds. */
export interface ValueFault {
  name: string;
  kind: FaultKind;
  partKinds: readonly PartKind[];
  /** Makes what replaces the good value: one value, several, or none. */
  makeValues: (good: string) => RawValue[];
}

const all: readonly PartKind[] = ["form", "json", "query", "header", "basic"];
const bodies: readonly PartKind[] = ["form", "json"];
const heads: readonly PartKind[] = ["query", "header", "basic"];
const forms: readonly PartKind[] = ["form", "query"];
const decoded: readonly PartKind[] = ["form", "json", "query"];
const absentable: readonly PartKind[] = ["form", "json", "query", "header"];

const faultTable: [name: string, kind: FaultKind, partKinds: readonly PartKind[], makeValues: ValueFault["makeValues"]][] = [
  ["made up", "unknown", all, (good) => [makeLookalike(good)]],
  ["without its last character", "unknown", all, (good) => [good.slice(0, -1)]],
  ["cut in half", "unknown", all, (good) => [good.slice(0, good.length / 2)]],
  ["with one character changed", "unknown", all, (good) => [changeOneCharacter(good)]],
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
  ["given twice, once made up", "repeated", all, (good) => [makeLookalike(good), good]],

  ["with NUL as it is", "unfit", ["form"], (good) => [makeBytes(encodeURIComponent(good), 0)]],
  ["with NUL as it is", "unreadable", ["json"], (good) => [makeBytes(`"${good}`, 0, 0x22)]],
  ["with NUL as it is", "noHttp", ["query", "header"], (good) => [makeBytes(good, 0)]],
  ["with NUL as it is", "unknown", ["basic"], (good) => [makeBytes(good, 0)]],
  ["with NUL encoded", "unfit", decoded, (good) => [`${good}\0`]],
  ["with NUL encoded", "unknown", ["basic"], (good) => [`${good}\0`]],
  ["with NUL at its beginning", "unfit", decoded, (good) => [`\0${good}`]],

  ["with a byte that is no UTF-8", "unreadable", ["form"], (good) => [makeBytes(encodeURIComponent(good), 0xff)]],
  ["with a byte that is no UTF-8", "unreadable", ["json"], (good) => [makeBytes(`"${good}`, 0xff, 0x22)]],
  ["with a byte that is no UTF-8", "noHttp", ["query"], (good) => [makeBytes(encodeURIComponent(good), 0xff)]],
  ["with a byte that is no UTF-8", "unknown", ["header", "basic"], (good) => [makeBytes(good, 0xff)]],
  ["with such a byte encoded", "unreadable", forms, (good) => [makeBytes(`${encodeURIComponent(good)}%ff`)]],
  ["with such a byte encoded", "unknown", ["header", "basic"], (good) => [makeBytes(`${good}%ff`)]],
  ["with half an encoding", "unreadable", forms, (good) => [makeBytes(`${encodeURIComponent(good)}%4`)]],
  ["with half a surrogate pair", "unknown", ["json"], (good) => [makeBytes(`"${good}\\ud83d"`)]],
];

export const valueFaults: readonly ValueFault[] = faultTable.map(([name, kind, partKinds, makeValues]) => ({
  name,
  kind,
  partKinds,
  makeValues,
}));

/** A random text that looks like the value: of the same length, with the same kinds of characters, and with the prefix of Polymint's secrets if the value has one. */
export function makeLookalike(good: string): string {
  const kept = /^pm[a-z]_/.exec(good)?.[0] ?? "";
  const made = Array.from(good.slice(kept.length), (character) => {
    const alphabet = alphabets.find((each) => each.includes(character));
    return alphabet === undefined ? character : alphabet.charAt(randomInt(alphabet.length));
  });
  const whole = kept + made.join("");
  return whole === good ? changeOneCharacter(good) : whole;
}

/** The first one has the characters of user codes. */
const alphabets = ["BCDFGHJKLMNPQRSTVWXZ", "abcdefghijklmnopqrstuvwxyz", "AEIOUY", "0123456789"];

/** Changes a character in the middle, since the last characters of an encoding may have unused bits. */
function changeOneCharacter(good: string): string {
  const isOfAlphabet = (character: string) => alphabets.some((each) => each.includes(character));
  const at = Array.from(good).findIndex((character, index) => index >= Math.floor(good.length / 2) && isOfAlphabet(character));
  const alphabet = alphabets.find((each) => each.includes(good.charAt(at))) ?? "";
  const next = alphabet.charAt((alphabet.indexOf(good.charAt(at)) + 1) % alphabet.length);
  return good.slice(0, at) + next + good.slice(at + 1);
}

function makeBytes(text: string, ...more: number[]): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.from(more)]);
}
