import { resolveNode } from "../codegen/references";

/** OpenAPI 3.0.3 as far as this room reads and changes it. */
export interface Schema {
  $ref?: string;
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  default?: unknown;
  example?: unknown;
  nullable?: boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  additionalProperties?: boolean | Schema;
}

export interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { $ref?: string; value?: unknown }>;
}

export interface Header {
  $ref?: string;
  description?: string;
  required?: boolean;
  schema?: Schema;
  example?: unknown;
}

export interface ResponseObject {
  $ref?: string;
  description?: string;
  headers?: Record<string, Header>;
  content?: Record<string, Media>;
  "x-undocumented"?: true;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: "query" | "header" | "path" | "cookie";
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

export interface SecurityScheme {
  $ref?: string;
  type: string;
  scheme?: string;
  name?: string;
  in?: string;
  description?: string;
  flows?: Record<string, { scopes?: Record<string, string> }>;
}

interface RequestBody {
  $ref?: string;
  required?: boolean;
  description?: string;
  content: Record<string, Media>;
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: RequestBody;
  responses: Record<string, ResponseObject>;
  security?: Record<string, string[]>[];
}

export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, unknown>>;
  components?: {
    schemas?: Record<string, Schema>;
    headers?: Record<string, Header>;
    securitySchemes?: Record<string, SecurityScheme>;
    [kind: string]: Record<string, unknown> | undefined;
  };
  security?: Record<string, string[]>[];
}

/**
 * Follows a local reference to the node that it names; a node without one is returned as it is.
 * @throws Error if the reference leads nowhere, or back to itself
 */
export function resolveRef<Node extends { $ref?: string }>(document: OpenApiDocument, node: Node): Node {
  if (node.$ref === undefined) return node;
  const found = resolveNode(document, node);
  if (found === undefined) throw new Error(`${node.$ref} leads nowhere`);
  return found as Node;
}

/** A member of an object, with its schema resolved: changing that schema changes the document. */
export interface Member {
  name: string;
  schema: Schema;
  /** Always there: required, or with a default that the types treat as always there. */
  required: boolean;
}

/** Lists the members of an object, those of `allOf` and of the first of `oneOf` or `anyOf` included. */
export function listMembers(document: OpenApiDocument, schema: Schema): Member[] {
  const parts = listParts(document, schema, 0);
  const required = new Set(parts.flatMap((part) => part.required ?? []));
  const members = new Map<string, Member>();
  for (const part of parts) {
    for (const [name, raw] of Object.entries(part.properties ?? {})) {
      const resolved = simplify(document, raw);
      members.set(name, { name, schema: resolved, required: required.has(name) || resolved.default !== undefined });
    }
  }
  return [...members.values()];
}

/** The schemas that hold together for one value. Nesting ends at 16 levels: a schema may contain itself. */
function listParts(document: OpenApiDocument, schema: Schema, depth: number): Schema[] {
  if (depth > 16) return [];
  const own = resolveRef(document, schema);
  const chosen = chooseBranch(document, own.oneOf ?? own.anyOf ?? []);
  return [own, ...(own.allOf ?? []), ...(chosen === undefined ? [] : [chosen])].flatMap((part, index) =>
    index === 0 ? [own] : listParts(document, part, depth + 1),
  );
}

/** The first branch that has members, or the first of all. */
function chooseBranch(document: OpenApiDocument, branches: readonly Schema[]): Schema | undefined {
  return branches.find((branch) => resolveRef(document, branch).properties !== undefined) ?? branches[0];
}

/** Resolves a schema that only wraps another one: `allOf` of one, `oneOf` of one and null, or a reference. */
export function simplify(document: OpenApiDocument, schema: Schema): Schema {
  const resolved = resolveRef(document, schema);
  const [only, ...others] = resolved.allOf ?? resolved.oneOf ?? resolved.anyOf ?? [];
  const wraps = resolved.type === undefined && resolved.properties === undefined && only !== undefined;
  if (!wraps || (resolved.allOf !== undefined && others.length > 0)) return resolved;
  return simplify(document, only);
}

/** Whether the value is an object with members. */
export function isObject(document: OpenApiDocument, schema: Schema): boolean {
  return schema.type === "object" || (schema.type === undefined && listMembers(document, schema).length > 0);
}

/** The only media type of a body with its schema; undefined without one. */
export function findMedia(content: Record<string, Media> | undefined): { type: string; media: Media } | undefined {
  const [entry] = Object.entries(content ?? {});
  return entry === undefined ? undefined : { type: entry[0], media: entry[1] };
}
