import { type Entry, toObject, toSource } from "./code";
import type { LocatedDecision } from "./decision";
import { isObject, listMembers, type Member, type OpenApiDocument, type Schema, simplify } from "./document";
import { type Column, type ErrorWalk, writeKnown, writeText } from "./error-members";
import { chooseStandIn } from "./stand-in";
import { findValue } from "./values";
import { isNamed } from "./words";

/** How a contract writes an error of one schema. */
export interface ErrorBody {
  /** An expression. It uses `answer`, `refusal`, `status` and `exchange`. */
  source: string;
  /** What stands beside the status in the table of answers: a name, and its value for each refusal. */
  columns: readonly Column[];
}

/** An address where more is told; this server has no such page. */
const linkNames = ["link", "links", "url", "uri", "href", "moreinfo", "infolink", "documentation", "documentationurl", "helpurl"];

/** Infers how an error of this schema is written, from the names and types of its members. */
export function inferErrorBody(
  document: OpenApiDocument,
  schema: Schema,
  examples: readonly unknown[],
  decisions: LocatedDecision[],
): ErrorBody {
  const walk: ErrorWalk = { document, columns: [], decisions, said: new Set(), examples };
  return { source: writeValue(walk, simplify(document, schema)), columns: walk.columns };
}

function writeValue(walk: ErrorWalk, schema: Schema): string {
  if (schema.type === "array") return `[${writeValue(walk, simplify(walk.document, schema.items ?? { type: "string" }))}]`;
  if (schema.type === "string") return writeText(schema);
  const members = listMembers(walk.document, schema);
  const written = new Map<Member, Entry>();
  const isNested = ({ schema: each }: Member): boolean => isObject(walk.document, each) || each.type === "array";
  // Nested members come last: an optional one is needed only if the object does not say by itself what is wrong.
  for (const member of [...members.filter((each) => !isNested(each)), ...members.filter(isNested)]) {
    const entry = isNested(member) ? writeNested(walk, member) : writeMember(walk, member, members);
    if (entry !== undefined) written.set(member, { name: member.name, ...entry });
  }
  return toObject(members.flatMap((member) => written.get(member) ?? []));
}

type Written = Pick<Entry, "value">;

function writeMember(walk: ErrorWalk, member: Member, siblings: readonly Member[]): Written | undefined {
  const known = writeKnown(walk, member, siblings);
  if (known !== undefined) return { value: known };
  if (!member.required) return undefined;
  if (isNamed(member.name, linkNames) && (member.schema.type ?? "string") === "string") return { value: toSource("about:blank") };
  return { value: toSource(chooseStandIn(member, { ...walk, body: "error" })) };
}

/** Goes into a member that must be there, or that says what the object does not say by itself. */
function writeNested(walk: ErrorWalk, { name, schema, required }: Member): Written | undefined {
  const before = walk.said.size;
  const wanted =
    !(walk.said.has("text") || walk.said.has("code")) &&
    isNamed(name, ["error", "errors", "fault", "data", "status", "meta", "details", "messages"]);
  if (!required && !wanted) return undefined;
  const item = schema.type === "array" ? simplify(walk.document, schema.items ?? { type: "string" }) : schema;
  if (item.type !== "string" && !isObject(walk.document, item))
    return required ? { value: toSource(findValue(walk.document, schema).value) } : undefined;
  const inner: ErrorWalk = { ...walk, said: new Set(walk.said) };
  const value = writeValue(inner, item);
  if (!required && inner.said.size === before && item.type !== "string") return undefined;
  if (schema.type === "array" && inner.said.size === before && walk.said.size > 0 && (schema.minItems ?? 0) === 0) return { value: "[]" };
  for (const each of inner.said) walk.said.add(each);
  return { value: schema.type === "array" ? `[${value}]` : value };
}
