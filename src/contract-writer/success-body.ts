import { type Entry, toObject, toSource } from "./code";
import type { LocatedDecision } from "./decision";
import { isObject, listMembers, type Member, type OpenApiDocument, type Schema, simplify } from "./document";
import { chooseStandIn } from "./stand-in";
import { findRole, type Role, type RoleContext, writeRole } from "./success-roles";

/** A member with a role, and where it stands, as a JSON pointer. */
export interface FoundMember extends Member {
  at: string;
}

/** What is known while the body is written. */
export interface SuccessWalk extends RoleContext {
  document: OpenApiDocument;
  decisions: LocatedDecision[];
  /** The roles that were found, with the member of each. */
  found: Map<Role, FoundMember>;
  /** Where the value stands that is written, as a JSON pointer. */
  at: string;
  examples: readonly unknown[];
}

/** Writes a value of the body: an object member by member, or the token itself. */
export function writeValue(walk: SuccessWalk, schema: Schema): string {
  if (schema.type === "array") {
    return `[${writeValue({ ...walk, at: `${walk.at}/0` }, simplify(walk.document, schema.items ?? { type: "string" }))}]`;
  }
  if (schema.type === "string") {
    walk.found.set("accessToken", { name: "the body", schema, required: true, at: walk.at });
    return "issued.accessToken";
  }
  const members = listMembers(walk.document, schema);
  return toObject(members.flatMap((member) => writeMember(walk, member, members)));
}

function writeMember(walk: SuccessWalk, member: Member, siblings: readonly Member[]): Entry[] {
  const { name, schema, required } = member;
  const role = findRole(member, siblings, walk);
  if (role !== undefined && !walk.found.has(role)) {
    const written = writeRole(role, member, walk);
    if (written !== undefined) {
      walk.found.set(role, { ...member, at: pointTo(walk, name) });
      dropLimits(role, member, walk.decisions);
      return [{ name, ...written }];
    }
  }
  if (isObject(walk.document, schema) || schema.type === "array") return writeNested(walk, member);
  return required ? [writeStandIn(walk, member)] : [];
}

/** RFC 6901 §3. */
function pointTo({ at }: SuccessWalk, name: string): string {
  return `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Goes into a member that holds the token or must be there. */
function writeNested(walk: SuccessWalk, member: Member): Entry[] {
  const { name, schema, required } = member;
  const at = `${pointTo(walk, name)}${schema.type === "array" ? "/0" : ""}`;
  const inner: SuccessWalk = { ...walk, found: new Map(walk.found), at, decisions: [] };
  const item = schema.type === "array" ? simplify(walk.document, schema.items ?? { type: "string" }) : schema;
  const holds = isObject(walk.document, item) ? writeValue(inner, item) : undefined;
  const carries = inner.found.size > walk.found.size && inner.found.has("accessToken") && !walk.found.has("accessToken");
  if (holds === undefined || (!carries && (!required || schema.type === "array"))) return required ? [writeStandIn(walk, member)] : [];
  for (const [role, found] of inner.found) walk.found.set(role, found);
  walk.decisions.push(...inner.decisions);
  return [{ name, value: schema.type === "array" ? `[${holds}]` : holds }];
}

function writeStandIn(walk: SuccessWalk, member: Member): Entry {
  return { name: member.name, value: toSource(chooseStandIn(member, { ...walk, body: "answer" })) };
}

/** Takes away the limits that a token of this server does not keep. */
function dropLimits(role: Role, { name, schema }: Member, decisions: LocatedDecision[]): void {
  const target = role === "scope" && schema.items !== undefined ? schema.items : schema;
  const limits =
    role === "expiresIn" || role === "expiresAt"
      ? (["maximum", "enum"] as const)
      : role === "tokenType" || role === "issuedAt" || role === "requestId"
        ? []
        : (["pattern", "enum", "maxLength", "minLength", "format"] as const);
  const broken = limits.filter((limit) => target[limit] !== undefined && !(limit === "minLength" && role !== "scope"));
  for (const limit of broken) Reflect.deleteProperty(target, limit);
  if (broken.length === 0) return;
  const value = `without ${broken.join(", ")}`;
  const why = "what this server puts there does not keep that limit";
  decisions.push({ what: `answer's ${name}`, value, why, at: { file: "grant", text: name } });
}
