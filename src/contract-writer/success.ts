import { type Entry, toObject, toSource } from "./code";
import { ContractWriterError, type LocatedDecision } from "./decision";
import {
  firstMedia,
  isObject,
  listMembers,
  type Member,
  type OpenApiDocument,
  type ResponseObject,
  resolveRef,
  type Schema,
  simplify,
} from "./document";
import type { OfferedGrant } from "./grants";
import { listExamples, type VendorRequest } from "./request";
import { findRole, type Role, type RoleContext, writeRole } from "./success-roles";
import { findValue } from "./values";
import { toPascalCase } from "./words";

/** The answer that carries a token. */
export interface SuccessBody {
  status: number;
  mediaType: string;
  /** An expression for the body. It uses `issued`, and perhaps `exchange`. */
  source: string;
  hasIdToken: boolean;
  /** What the file shows and says of the lifetime; `unit` is how many of its units a second has. */
  lifetime: { shown: readonly unknown[]; description: string | undefined; unit: number };
  refreshDescription: string | undefined;
}

interface Walk extends RoleContext {
  document: OpenApiDocument;
  decisions: LocatedDecision[];
  /** The roles that were found, with the member of each. */
  found: Map<Role, Member>;
  examples: readonly unknown[];
}

/**
 * Infers the body of a success from the names that RFC 6749 §5.1 and its relatives give to its members.
 * @throws ContractWriterError if no member can take the token
 */
export function inferSuccess(
  request: VendorRequest,
  name: string,
  offered: readonly OfferedGrant[],
  decisions: LocatedDecision[],
): SuccessBody {
  const { document, operation } = request;
  const { status, response } = chooseSuccess(document, operation.responses);
  const { type: mediaType, media } = firstMedia(response.content) ?? {};
  const given = media?.schema === undefined ? undefined : simplify(document, media.schema);
  const usable = given !== undefined && (given.type === "array" || given.type === "string" || isUsable(document, given));
  const schema = usable ? given : addUsualBody(document, response, name, status, request, decisions);
  const examples = listExamples(document, media);
  const walk: Walk = { document, decisions, found: new Map(), examples, offered, shownOf: () => [] };
  walk.shownOf = (member) => listShown(walk, member);
  const source = writeValue(walk, schema);
  if (!walk.found.has("accessToken")) {
    const members = listMembers(document, schema).map((member) => member.name);
    throw new ContractWriterError(
      `the answer ${status} has no member for the token among ${members.join(", ")}; call one access_token in a copy of the file, and add that`,
    );
  }
  const lifetime = walk.found.get("expiresIn");
  const value = [...walk.found].map(([role, member]) => `${member.name} (${role})`).join(", ");
  decisions.push({
    what: "success",
    value: `${status}: ${value}`,
    why: "by the names and types of its members",
    at: { file: "grant", text: "body:" },
  });
  return {
    status,
    mediaType: usable ? (mediaType ?? "application/json") : "application/json",
    source,
    hasIdToken: walk.found.has("idToken"),
    lifetime: {
      shown: lifetime === undefined ? [] : listShown(walk, lifetime),
      description: lifetime?.schema.description,
      unit: /millisecond/i.test(lifetime?.schema.description ?? "") ? 1000 : 1,
    },
    refreshDescription: walk.found.get("refreshToken")?.schema.description,
  };
}

/** An object whose members are not said would generate a type that is always empty. */
function isUsable(document: OpenApiDocument, schema: Schema): boolean {
  return listMembers(document, schema).length > 0;
}

function chooseSuccess(document: OpenApiDocument, responses: Record<string, ResponseObject>): { status: number; response: ResponseObject } {
  const successes = Object.entries(responses).filter(([status]) => /^2\d\d$/.test(status));
  const listed = successes.map(([status, response]) => ({ status: Number(status), response: resolveRef(document, response) }));
  const chosen = listed.find(({ response }) => firstMedia(response.content)?.media.schema !== undefined) ?? listed[0];
  if (chosen === undefined) throw new ContractWriterError("the operation declares no success");
  return chosen;
}

/** The body of RFC 6749 §5.1, where the file says nothing of the body. */
function addUsualBody(
  document: OpenApiDocument,
  response: ResponseObject,
  name: string,
  status: number,
  { path, method }: VendorRequest,
  decisions: LocatedDecision[],
): Schema {
  const schema: Schema = {
    type: "object",
    description: "An access token (RFC 6749 §5.1).",
    required: ["access_token", "token_type", "expires_in"],
    properties: {
      access_token: { type: "string", description: "The access token." },
      token_type: { type: "string", description: "How the access token is presented." },
      expires_in: { type: "integer", description: "Seconds until the token expires." },
      scope: { type: "string", description: "The scopes of the token, separated by spaces." },
      refresh_token: { type: "string", description: "A token for the next access token." },
      id_token: { type: "string", description: "Who the token is about." },
    },
  };
  const title = `${toPascalCase(name)}Token`;
  const schemas = ((document.components ??= {}).schemas ??= {});
  const free = schemas[title] === undefined ? title : `${title}Answer`;
  schemas[free] = schema;
  response.content = { "application/json": { schema: { $ref: `#/components/schemas/${free}` } } };
  const why = "the file does not say what the body holds, so it is that of RFC 6749 §5.1";
  const pointer = ["paths", path, method, "responses", String(status)];
  decisions.push({ what: "success", value: "RFC 6749 body", why, at: { file: "spec", pointer } });
  return schema;
}

function writeValue(walk: Walk, schema: Schema): string {
  if (schema.type === "array") return `[${writeValue(walk, simplify(walk.document, schema.items ?? { type: "string" }))}]`;
  if (schema.type === "string") {
    walk.found.set("accessToken", { name: "the body", schema, required: true });
    return "issued.accessToken";
  }
  const members = listMembers(walk.document, schema);
  return toObject(members.flatMap((member) => writeMember(walk, member, members)));
}

function writeMember(walk: Walk, member: Member, siblings: readonly Member[]): Entry[] {
  const { name, schema, required } = member;
  const role = findRole(member, siblings, walk);
  if (role !== undefined && !walk.found.has(role)) {
    const written = writeRole(role, member, walk);
    if (written !== undefined) {
      walk.found.set(role, member);
      relax(role, schema, member, walk.decisions);
      return [{ name, ...written }];
    }
  }
  if (isObject(walk.document, schema) || schema.type === "array") return writeNested(walk, member);
  return required ? [writeUnknown(walk, member)] : [];
}

/** Goes into a member that holds the token or must be there. */
function writeNested(walk: Walk, member: Member): Entry[] {
  const { name, schema, required } = member;
  const inner: Walk = { ...walk, found: new Map(walk.found), decisions: [] };
  const item = schema.type === "array" ? simplify(walk.document, schema.items ?? { type: "string" }) : schema;
  const holds = isObject(walk.document, item) ? writeValue(inner, item) : undefined;
  const carries = inner.found.size > walk.found.size && inner.found.has("accessToken") && !walk.found.has("accessToken");
  if (holds === undefined || (!carries && (!required || schema.type === "array"))) return required ? [writeUnknown(walk, member)] : [];
  for (const [role, found] of inner.found) walk.found.set(role, found);
  walk.decisions.push(...inner.decisions);
  return [{ name, value: schema.type === "array" ? `[${holds}]` : holds }];
}

/** A member that must be there and that the engine does not make. */
function writeUnknown(walk: Walk, member: Member): Entry {
  const { value, from } = findValue(walk.document, member.schema);
  const shown = from === "type" ? listShown(walk, member)[0] : undefined;
  const chosen = shown ?? value;
  const why = `the engine does not make it, and it must be there: look at it (${shown === undefined ? from : "example"})`;
  const at = { file: "grant", text: member.name } as const;
  walk.decisions.push({ what: `answer's ${member.name}`, value: JSON.stringify(chosen), why, at });
  return { name: member.name, value: toSource(chosen) };
}

/** Takes away the limits that a token of this server does not keep. */
function relax(role: Role, schema: Schema, { name }: Member, decisions: LocatedDecision[]): void {
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

function listShown({ examples }: Walk, { name, schema }: Member): unknown[] {
  const found = examples.flatMap((example) => findDeep(example, name, 0));
  return [schema.default, schema.example, ...(schema.enum?.length === 1 ? schema.enum : []), ...found].filter(
    (value) => value !== undefined,
  );
}

function findDeep(value: unknown, name: string, depth: number): unknown[] {
  if (typeof value !== "object" || value === null || depth > 4) return [];
  const own: unknown = Reflect.get(value, name);
  return own !== undefined ? [own] : Object.values(value).flatMap((each) => findDeep(each, name, depth + 1));
}
