/** Generates request bodies from a schema: good, odd and damaged ones. */
import fc, { type Arbitrary } from "fast-check";
import type { JsonSchema } from "./contract-schema";
import { oddJson, oddText, makeText } from "./values";

type GoodValues = Readonly<Record<string, readonly string[]>>;

/** Generates bodies as bytes. */
export type Body = Arbitrary<Buffer>;

const unknownNames = [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "",
  "identity[id]",
  "a.b",
  "grant_type ",
  "\0",
  "length",
  "toJSON",
];

/** Replaces half surrogate pairs, which cannot be encoded in UTF-8. */
const toWellFormed = (text: string): string => Buffer.from(text).toString();

/** Some of these fields and some unknown ones, each with a value. */
function makeMembers<Value>(
  fields: readonly string[],
  valueOf: (name: string) => Arbitrary<Value>,
  unknownValue: Arbitrary<Value>,
): Arbitrary<[string, Value][]> {
  const own = fields.map((name) => fc.option(fc.tuple(fc.constant(name), valueOf(name)), { nil: undefined, freq: 6 }));
  const more = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...unknownNames, ...fields), oddText), unknownValue), { maxLength: 2 });
  return fc
    .tuple(fc.tuple(...own), fc.option(more, { nil: [], freq: 4 }))
    .map(([known, strange]) => [...known.filter((each) => each !== undefined), ...[...strange].reverse()]);
}

/** Generates JSON for a schema, with members repeated, unknown, of any type and at any depth. */
export function makeJson(schema: JsonSchema, good: GoodValues, name = ""): Arbitrary<string> {
  const { properties } = schema;
  if (properties === undefined) {
    const text = makeText(schema, good[name] ?? []).map((value) => JSON.stringify(value));
    return fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: oddJson });
  }
  const inside = makeMembers(Object.keys(properties), (each) => makeJson(properties[each] ?? {}, good, each), oddJson);
  const object = inside.map((each) => `{${each.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`);
  return fc.oneof({ weight: 14, arbitrary: object }, { weight: 1, arbitrary: oddJson });
}

/** Generates a form for a schema, with parameters repeated, unknown, and encoded well or badly. */
export function makeForm(fields: Readonly<Record<string, JsonSchema>>, good: GoodValues): Arbitrary<string> {
  const encoded = (text: Arbitrary<string>) =>
    fc.oneof(
      { weight: 10, arbitrary: text.map((value) => encodeURIComponent(toWellFormed(value))) },
      { weight: 1, arbitrary: text.map((value) => toWellFormed(value)) },
      { weight: 1, arbitrary: fc.constantFrom("%", "%0", "%00", "%ff", "%ed%a0%80", "+", "%2B", "=", "a=b", "%u0041") },
    );
  const names = Object.keys(fields);
  const pairs = makeMembers(names, (name) => encoded(makeText(fields[name] ?? {}, good[name] ?? [])), encoded(oddText));
  const form = pairs.map((each) => each.map(([name, value]) => `${encodeURIComponent(toWellFormed(name))}=${value}`).join("&"));
  const many = fc.integer({ min: 90, max: 3_000 }).map((count) => Array.from({ length: count }, (_, index) => `p${index}=1`).join("&"));
  return fc.oneof(
    { weight: 30, arbitrary: form },
    { weight: 1, arbitrary: fc.constantFrom("&", "=", "&&=&", "a", "a&b", "a==b") },
    { weight: 1, arbitrary: many },
  );
}

/** Generates the same bytes, or with a few of them changed, lost or added. */
export function makeDamagedBody(text: Arbitrary<string>): Body {
  const whole = text.map((each) => Buffer.from(each));
  const damages = fc.array(fc.tuple(fc.nat(4_000), fc.nat(255), fc.constantFrom("change", "lose", "add", "end")), {
    minLength: 1,
    maxLength: 3,
  });
  const broken = fc.tuple(whole, damages).map(([bytes, each]) => each.reduce(damageBytes, bytes));
  return fc.oneof(
    { weight: 9, arbitrary: whole },
    { weight: 1, arbitrary: broken },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );
}

function damageBytes(bytes: Buffer, [position, byte, how]: [number, number, string]): Buffer {
  const at = bytes.length === 0 ? 0 : position % bytes.length;
  if (how === "end") return bytes.subarray(0, at);
  return Buffer.concat([
    bytes.subarray(0, at),
    how === "lose" ? Buffer.alloc(0) : Buffer.from([byte]),
    bytes.subarray(how === "add" ? at : at + 1),
  ]);
}
