/** Generates single values from a schema: valid, at the limits, and odd ones. */
import fc, { type Arbitrary } from "fast-check";
import type { JsonSchema } from "./contract-schema";

const loneSurrogate = "\ud800";

/** Texts that have caused faults in programs. */
const oddTexts = [
  ...[
    "",
    " ",
    "\t",
    "\0",
    "a\0b",
    "\ufeff",
    "\u202e",
    "\u0130",
    loneSurrogate,
    `${loneSurrogate}x`,
    "\udc00",
    "\u{10ffff}",
    "𝒳𝒴",
    "é",
    "\u00ad",
    "\x7f",
  ],
  ...["null", "undefined", "NaN", "true", "0", "-0", "1e999", "[]", "{}", "[object Object]", "__proto__", "constructor", "toString"],
  ...[
    "' OR '1'='1",
    "'; DROP TABLE clients; --",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "../../etc/passwd",
    "%00",
    "%",
    "%zz",
    "%ff",
    "a b+c&d=e;f",
  ],
  ...["\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "eyJhbGciOiJub25lIn0.e30.", "..", "a.b.c", "=".repeat(64), "Basic", "Bearer "],
];

/** Generates text of any kind: short, long, in any script, or known to cause faults. */
export const oddText: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("x", "\0", "é", "𝒳", "%41", " "), fc.integer({ min: 100, max: 9_000 }))
      .map(([unit, count]) => unit.repeat(count)),
  },
);

/** Generates text that fits a schema. */
export function makeFittingText({ enum: values, pattern, minLength = 0, maxLength = 40 }: JsonSchema): Arbitrary<string> {
  if (values !== undefined) return fc.constantFrom(...values);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength });
}

/** Generates text for a field: valid, well-formed, at the limits of its length, or odd. */
export function makeText(schema: JsonSchema, good: readonly string[]): Arbitrary<string> {
  const { maxLength, minLength } = schema;
  const edges = [maxLength, minLength]
    .flatMap((length) => (length === undefined ? [] : [length - 1, length, length + 1]))
    .filter((length) => length >= 0);
  return fc.oneof(
    ...(good.length === 0 ? [] : [{ weight: 30, arbitrary: fc.constantFrom(...good) }]),
    { weight: 8, arbitrary: makeFittingText(schema) },
    { weight: 5, arbitrary: oddText },
    ...(edges.length === 0 ? [] : [{ weight: 1, arbitrary: fc.constantFrom(...edges).map((length) => "a".repeat(length)) }]),
  );
}

/** Generates any JSON as text: some of it deep, long, or no JSON at all. */
export const oddJson: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "null",
      "[]",
      "{}",
      "0",
      "-1",
      "1e999",
      "true",
      '""',
      "[null]",
      '{"__proto__":1}',
      "1e-400",
      "00",
      "NaN",
      "'a'",
      "{,}",
      "",
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 10, max: 20_000 }).map((depth) => "[".repeat(depth) + "]".repeat(depth)) },
  { weight: 1, arbitrary: fc.integer({ min: 10, max: 5_000 }).map((depth) => '{"a":'.repeat(depth) + "1" + "}".repeat(depth)) },
);
