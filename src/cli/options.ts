import { InvalidArgumentError } from "commander";
import { passwordLength } from "../secrets/password-rules";

/** The option of every command that sets a password; it takes no argument, because arguments are visible to other users. */
export const passwordOption: readonly [string, string] = [
  "--password-stdin",
  `read the password, ${passwordLength.least} to ${passwordLength.most} characters and no common one, from standard input`,
];

/** Collects the values of a repeatable option, each of them once. */
export function collectValues(value: string, previous: readonly string[] = []): readonly string[] {
  return [...new Set([...previous, value])];
}

/** A parser says what it accepts, for the completion of shells. */
interface Choices<T> {
  choices: readonly T[];
}

/** Makes a `collectValues` that accepts only these choices. */
export function makeChoiceCollector<T extends string>(
  choices: readonly T[],
): ((value: string, previous?: readonly T[]) => readonly T[]) & Choices<T> {
  const parse = makeChoiceParser(choices);
  return Object.assign((value: string, previous: readonly T[] = []) => [...new Set([...previous, parse(value)])], { choices });
}

/** Makes a parser that accepts only these choices. */
export function makeChoiceParser<T extends string>(choices: readonly T[]): ((value: string) => T) & Choices<T> {
  const parse = (value: string): T => {
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) throw new InvalidArgumentError(`It is one of ${choices.join(", ")}.`);
    return chosen;
  };
  return Object.assign(parse, { choices });
}

/** @returns what an option or argument with this parser accepts; undefined for any value */
export function findChoices(parse: unknown): readonly string[] | undefined {
  return (parse as Partial<Choices<string>> | undefined)?.choices;
}

/** Makes a parser of whole numbers within these bounds. */
export function makeNumberParser(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

/** Collects scopes separated by spaces, as on the wire (RFC 6749 §3.3). */
export function collectScopes(value: string, previous: readonly string[] = []): readonly string[] {
  return [...new Set([...previous, ...value.split(" ").filter((scope) => scope !== "")])];
}

/** The same address that a login accepts (openapi/services/login.yaml). */
export function parseEmailAddress(value: string): string {
  if (value.length <= 254 && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(value)) return value;
  throw new InvalidArgumentError("It is an email address of at most 254 characters.");
}

export type ExtraClaims = Readonly<Record<string, unknown>>;

/** Collects `name=value`, where the value is JSON if it parses as JSON, else a string. */
export function collectClaims(text: string, previous: ExtraClaims = {}): ExtraClaims {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  if (at < 1) throw new InvalidArgumentError("It has the form name=value.");
  if (Object.hasOwn(previous, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return Object.fromEntries([...Object.entries(previous), [name, parseClaimValue(text.slice(at + 1))]]);
}

function parseClaimValue(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    if (error instanceof UnstorableJsonError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/** JSON with a value that the database would not return as it was written. */
export class UnstorableJsonError extends Error {}

/**
 * Parses JSON for the database.
 * @throws SyntaxError, or UnstorableJsonError for numbers that JavaScript would round and text that PostgreSQL cannot store
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => {
    if (typeof value === "number" && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))) {
      throw new UnstorableJsonError('The number is too large to keep exactly; give it as a string: name="…" with the double quotes.');
    }
    if (isUnstorable(key) || (typeof value === "string" && isUnstorable(value)))
      throw new UnstorableJsonError("It contains a NUL character or half a surrogate pair.");
    return value;
  });
}

function isUnstorable(text: string): boolean {
  return text.includes("\0") || /\p{Surrogate}/u.test(text);
}

/** Leaves out members that are undefined, so that defaults apply. */
export function omitUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
