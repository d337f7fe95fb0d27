import type { LocatedDecision } from "./decision";
import type { Member, OpenApiDocument } from "./document";
import { findValue } from "./values";

const scalars = ["string", "integer", "number", "boolean"];

/** Lists the values that the file shows for a member: in its schema, then in examples of whole bodies, up to 4 levels deep. */
export function listShown({ name, schema }: Member, examples: readonly unknown[]): unknown[] {
  const isScalar = scalars.includes(schema.type ?? "");
  const found = examples.flatMap((example) => findDeep(example, name, isScalar, 0));
  return [schema.default, schema.example, ...(schema.enum?.length === 1 ? schema.enum : []), ...found].filter(
    (value) => value !== undefined,
  );
}

function findDeep(value: unknown, name: string, isScalar: boolean, depth: number): unknown[] {
  if (typeof value !== "object" || value === null || depth > 4) return [];
  const own: unknown = Reflect.get(value, name);
  if (own !== undefined && !(isScalar && typeof own === "object")) return [own];
  return Object.values(value).flatMap((each) => findDeep(each, name, isScalar, depth + 1));
}

/** What a value is chosen from, and where the decision stands. */
interface StandInPlace {
  document: OpenApiDocument;
  examples: readonly unknown[];
  decisions: LocatedDecision[];
  /** The body that the member belongs to. */
  body: "answer" | "error";
}

/** Chooses a value for a member that must be there and that the engine does not make, and says so. */
export function chooseStandIn(member: Member, { document, examples, decisions, body }: StandInPlace): unknown {
  const { value, from } = findValue(document, member.schema);
  const shown = from === "type" ? listShown(member, examples)[0] : undefined;
  const chosen = shown ?? value;
  const why = `the engine does not make it, and it must be there: look at it (${shown === undefined ? from : "example"})`;
  const at = { file: body === "answer" ? "grant" : "refuse", text: member.name } as const;
  decisions.push({ what: `${body}'s ${member.name}`, value: JSON.stringify(chosen), why, at });
  return chosen;
}
