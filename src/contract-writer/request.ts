import {
  findMedia,
  listMembers,
  type Media,
  type Member,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  resolveRef,
  type Schema,
  simplify,
} from "./document";
import type { LocatedDecision } from "./decision";
import { findValue } from "./values";
import { isNamed } from "./words";

/** A value that a request carries. */
export interface Field extends Member {
  /** Its name in the request; the name by which it is found may be another one. */
  wire: string;
  in: "body" | "query" | "header" | "path";
  /** Values that the document shows for it. */
  shown: readonly unknown[];
}

/** A member that wraps others, such as `data`. */
interface Wrapper {
  name: string;
  /** What must stand beside it. */
  beside: Readonly<Record<string, unknown>>;
}

/** The request of a token operation, as the document describes it. */
export interface VendorRequest {
  document: OpenApiDocument;
  operation: Operation;
  /** As OpenAPI names it, in lower case. */
  method: string;
  path: string;
  /** Undefined for an operation without a body. */
  mediaType: string | undefined;
  /** The schema that the members of the body stand in; added members go there. */
  body: Schema | undefined;
  /** The members of the body, from the outside, that wrap all others; there may be none. */
  wrapper: readonly Wrapper[];
  fields: Field[];
  /** What the security schemes of the vendor offer at this token endpoint. */
  flows?: readonly { grant: string; scopes: readonly string[] }[];
}

const known = ["granttype", "grant", "clientid", "clientsecret", "secret", "appid", "apikey", "key", "code", "refreshtoken"];

/** Reads what requests of the operation carry. Adjusts the document where types and validation could not follow it. */
export function readRequest(
  document: OpenApiDocument,
  { method, path }: { method: string; path: string },
  decisions: LocatedDecision[],
): VendorRequest {
  const item = document.paths[path] as Record<string, unknown>;
  const operation = item[method] as Operation;
  const shared = (item.parameters ?? []) as Parameter[];
  const parameters = [...shared, ...(operation.parameters ?? [])].map((parameter) => resolveRef(document, parameter));
  const requestBody = operation.requestBody === undefined ? undefined : resolveRef(document, operation.requestBody);
  const { type: mediaType, media } = findMedia(requestBody?.content) ?? {};
  if (requestBody !== undefined) requestBody.required = true;
  const whole = media?.schema === undefined ? undefined : mergeBranches(document, media.schema, [path, method], decisions);
  const { body, wrapper } = findWrapper(document, whole);
  const examples = listExamples(document, media).map((example) => wrapper.reduce((inner, { name }) => takeMember(inner, name), example));
  return {
    document,
    operation,
    method,
    path,
    mediaType,
    body,
    wrapper,
    fields: [
      ...listMembers(document, body ?? {}).map((member): Field => ({
        ...member,
        wire: member.name,
        in: "body",
        shown: listShown(member, examples),
      })),
      ...parameters.flatMap((parameter) => toField(document, parameter)),
    ],
  };
}

function toField(document: OpenApiDocument, { name, in: place, required = false, example, schema, description }: Parameter): Field[] {
  if (place === "cookie" || (place === "header" && isNamed(name, ["authorization", "accept", "contenttype"]))) return [];
  const resolved = simplify(document, schema ?? { type: "string" });
  const described = resolved.description === undefined && description !== undefined ? { ...resolved, description } : resolved;
  const member = { name, schema: described, required: required || resolved.default !== undefined };
  return [{ ...member, wire: name, in: place, shown: [...(example === undefined ? [] : [example]), ...listShown(member, [])] }];
}

function listShown({ name, schema }: Member, examples: readonly unknown[]): unknown[] {
  const shown = [schema.default, ...(schema.enum?.length === 1 ? schema.enum : []), schema.example];
  return [...shown, ...examples.map((example) => takeMember(example, name))].filter((value) => value !== undefined && value !== "");
}

function takeMember(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}

/** The examples of a body, each a whole body. */
export function listExamples(document: OpenApiDocument, media: Media | undefined): unknown[] {
  const schema = media?.schema === undefined ? undefined : resolveRef(document, media.schema);
  const named = Object.values(media?.examples ?? {}).map((example) => resolveRef(document, example).value);
  return [media?.example, ...named, schema?.example].filter((value) => value !== undefined);
}

/**
 * Makes one schema of a body that has a branch per grant: members of all branches, required what all require. With branches, the
 * generated type has no member in common and the validator refuses what fits two of them.
 */
function mergeBranches(document: OpenApiDocument, schema: Schema, where: readonly string[], decisions: LocatedDecision[]): Schema {
  const resolved = resolveRef(document, schema);
  const branches = resolved.oneOf ?? resolved.anyOf;
  if (branches === undefined) return resolved;
  const lists = branches.map((branch) => listMembers(document, branch));
  const merged: Record<string, Schema> = { ...resolved.properties };
  for (const { name, schema: each } of lists.flat()) merged[name] = mergeEnums(merged[name], each);
  const required = Object.keys(merged).filter((name) =>
    lists.every((list) => list.some((member) => member.name === name && member.required)),
  );
  delete resolved.oneOf;
  delete resolved.anyOf;
  Reflect.deleteProperty(resolved, "discriminator");
  Object.assign(resolved, { type: "object", properties: merged });
  const all = [...new Set([...(resolved.required ?? []), ...required])];
  if (all.length > 0) resolved.required = all;
  const value = `${lists.length} branches of the body are one schema`;
  const why = "what a grant needs is checked in read.ts, which can name the parameter that is missing";
  decisions.push({ what: "request", value, why, at: { file: "spec", pointer: ["paths", ...where, "requestBody"] } });
  return resolved;
}

function omitDefault(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== "default"));
}

function mergeEnums(first: Schema | undefined, second: Schema): Schema {
  if (first?.enum === undefined || second.enum === undefined) return { ...(first ?? second) };
  return { ...omitDefault(first), enum: [...new Set([...first.enum, ...second.enum])] };
}

/** Some bodies hold everything in one member, such as `data`. It becomes required, for a request without it says nothing. */
function findWrapper(document: OpenApiDocument, body: Schema | undefined): { body: Schema | undefined; wrapper: Wrapper[] } {
  const members = listMembers(document, body ?? {});
  const found = members.find(({ schema }) => holdsKnown(document, schema, 3));
  if (body === undefined || found === undefined || members.some(({ name }) => isNamed(name, known))) return { body, wrapper: [] };
  body.required = [...new Set([...(body.required ?? []), found.name])];
  const others = members.filter((member) => member !== found && member.required);
  const beside = Object.fromEntries(others.map(({ name, schema }) => [name, findValue(document, schema).value]));
  const inner = findWrapper(document, found.schema);
  return { body: inner.body, wrapper: [{ name: found.name, beside }, ...inner.wrapper] };
}

/** Whether an object has a field of a token request, up to some levels deep. */
function holdsKnown(document: OpenApiDocument, schema: Schema, levels: number): boolean {
  const members = listMembers(document, schema);
  return members.some((member) => isNamed(member.name, known) || (levels > 1 && holdsKnown(document, member.schema, levels - 1)));
}
