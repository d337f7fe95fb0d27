import { listMembers, type OpenApiDocument, type Schema, simplify } from "./document";

/** A value that a schema allows, and what it comes from. */
interface FoundValue {
  value: unknown;
  from: "the only value" | "default" | "example" | "first of the enumeration" | "type";
}

/**
 * Finds a value for a member that the engine does not make: the schema's own if it names one, else the least that is valid.
 * Nesting ends at 8 levels.
 */
export function findValue(document: OpenApiDocument, raw: Schema, depth = 0): FoundValue {
  const schema = simplify(document, raw);
  const [first, ...others] = schema.enum ?? [];
  if (first !== undefined && others.length === 0) return { value: first, from: "the only value" };
  if (schema.default !== undefined && schema.default !== null) return { value: schema.default, from: "default" };
  if (schema.example !== undefined && schema.example !== null) return { value: schema.example, from: "example" };
  if (first !== undefined) return { value: first, from: "first of the enumeration" };
  return { value: makeLeast(document, schema, depth), from: "type" };
}

function makeLeast(document: OpenApiDocument, schema: Schema, depth: number): unknown {
  if (schema.nullable === true && schema.type !== "string") return null;
  switch (schema.type) {
    case "boolean":
      return false;
    case "integer":
    case "number":
      return makeNumber(schema);
    case "string":
      return makeText(schema);
    case "array": {
      const item = schema.items === undefined || depth > 8 ? "" : findValue(document, schema.items, depth + 1).value;
      return Array.from({ length: schema.minItems ?? 0 }, () => item);
    }
    default: {
      const members = depth > 8 ? [] : listMembers(document, schema).filter(({ required }) => required);
      return Object.fromEntries(members.map((member) => [member.name, findValue(document, member.schema, depth + 1).value]));
    }
  }
}

function makeNumber({ minimum = 0, maximum, exclusiveMinimum, multipleOf = 1 }: Schema): number {
  const least = Math.max(minimum, 0);
  const rounded = Math.ceil(least / multipleOf) * multipleOf;
  const value = exclusiveMinimum === true && rounded <= minimum ? rounded + multipleOf : rounded;
  return maximum === undefined ? value : Math.min(value, maximum);
}

const formats: Readonly<Record<string, string>> = {
  uuid: "00000000-0000-4000-8000-000000000000",
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "00:00:00Z",
  uri: "https://example.com/",
  url: "https://example.com/",
  "uri-reference": "/",
  email: "nobody@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  byte: "AA==",
};

/** A pattern is met by repeating a character of a class that it names; this is a guess, which the decision says. */
function makeText({ format = "", pattern, minLength = 0, maxLength }: Schema): string {
  const known = formats[format];
  if (known !== undefined) return known;
  const base = pattern === undefined ? "value" : guessPattern(pattern);
  const padded = base.length < minLength ? base.padEnd(minLength, base.at(-1) ?? "x") : base;
  return maxLength === undefined ? padded : padded.slice(0, Math.max(maxLength, minLength));
}

const element = /\[([^[\]]+)\]|\\([dw])|([A-Za-z0-9_:/-])/g;

/** Makes a text for the simple patterns of ids: literals and classes, each perhaps with a count. */
function guessPattern(pattern: string): string {
  let made = "";
  for (const match of pattern.matchAll(element)) {
    const [whole, members, escape, literal] = match;
    const rest = pattern.slice(match.index + whole.length);
    const count = /^\{(\d{1,3})/.exec(rest)?.[1] ?? "1";
    if (isCount(pattern, match.index)) continue;
    const character = literal ?? (escape === "d" ? "0" : escape === "w" ? "a" : (members?.replace("^", "").charAt(0) ?? "a"));
    made += character.repeat(Math.max(1, Number(count)));
  }
  return made;
}

/** Whether a character stands inside braces, where it is part of a count. */
function isCount(pattern: string, at: number): boolean {
  return pattern.lastIndexOf("{", at) > pattern.lastIndexOf("}", at);
}
