import { type Problem, Refusal } from "../engine/refusal";
import { makeMalformedRefusal } from "./malformed";
import { toPrintable } from "./nul";

const maxNesting = 32;

/**
 * Decodes a JSON body.
 * @throws Refusal `malformed_request` if it is not JSON or nested too deeply, `invalid_request` if it repeats a member name
 */
export function decodeJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw makeMalformedRefusal("the body is not JSON", "The body is not valid JSON", cause);
  }
  if (countWrittenNames(text) !== countNames(value)) throw makeRepeatedNameRefusal(listWrittenNames(text), value);
  return value;
}

const [quote, colon, backslash] = [0x22, 0x3a, 0x5c];

/** Counts the member names of valid JSON text: outside strings, a colon follows each name and nothing else. */
function countWrittenNames(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === colon) count += 1;
    else if (code === quote) at = findStringEnd(text, at + 1);
  }
  return count;
}

/** Finds the quotation mark that ends a string: the first with an even number of backslashes before it. */
function findStringEnd(text: string, from: number): number {
  let end = text.indexOf('"', from);
  for (; end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === backslash) before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}

/** Lists the member names of valid JSON text, as written: every string that is followed by a colon. */
function listWrittenNames(text: string): string[] {
  const names: string[] = [];
  for (const [, name, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/gs))
    if (name !== undefined && colon !== undefined) names.push(name);
  return names;
}

/** Counts the member names of a parsed value: `JSON.parse` silently keeps only the last of several equal names. */
function countNames(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth === maxNesting) throw makeMalformedRefusal("the body is nested too deeply", "The body is nested too deeply");
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, member) => sum + countNames(member, depth + 1), own);
}

/** RFC 8259 §4 leaves the meaning of a repeated name open, so another reader of the same body could read a value that was not checked. */
function makeRepeatedNameRefusal(written: readonly string[], value: unknown): Refusal {
  const kept = new Map<string, number>();
  for (const each of listNames(value)) kept.set(each, (kept.get(each) ?? 0) + 1);
  const name = written
    .map((each) => JSON.parse(each) as string)
    .find((each) => {
      const remaining = kept.get(each) ?? 0;
      kept.set(each, remaining - 1);
      return remaining === 0;
    });
  const problem: Problem = {
    in: "body",
    path: [name ?? ""],
    rule: "duplicated",
    message: `${toPrintable(name ?? "")} is given more than once`,
  };
  return new Refusal("invalid_request", "the body repeats a member name", { problems: [problem] });
}

function listNames(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return own.concat(Object.values(value).flatMap(listNames));
}
