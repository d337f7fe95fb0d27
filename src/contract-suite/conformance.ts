/** Checks responses against an OpenAPI document. */
import Ajv, { type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Spec } from "../http/api";
import { resolveRef } from "../http/inline-refs";

/** The parts of a response that a spec declares. */
export interface CheckedResponse {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  /** The body. */
  text: string;
}

/** Where a document declares an operation. */
export interface DeclaredPlace {
  /** For messages: the contract or the service. */
  name: string;
  spec: Spec;
  /** As the document has it, with its parameters. */
  path: string;
  /** In lower case. */
  method: string;
}

interface DeclaredResponse {
  headers?: Record<string, { required?: boolean; schema?: object; $ref?: string }>;
  content?: Record<string, { schema: object }>;
  $ref?: string;
}

interface SpecDocument {
  paths: Record<string, Record<string, { responses: Record<string, DeclaredResponse> }>>;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
const anySchema = {};

/** @returns what the document declares for a status: by itself, by its range, or by `default` (OpenAPI 3.0.3, Responses Object) */
export function findDeclared({ spec, path, method }: DeclaredPlace, status: number): DeclaredResponse | undefined {
  const responses = (spec as SpecDocument).paths[path]?.[method]?.responses ?? {};
  return dereference(spec, responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses.default);
}

/**
 * Compares a response with what the spec declares for its status: required headers, the schema of each header, and the body.
 * The server's own check sees only some responses; this one is for all.
 * @throws Error that says what does not conform
 */
export function mustConformTo(place: DeclaredPlace, { status, headers, text }: CheckedResponse): void {
  const { name: owner, spec } = place;
  const declared = findDeclared(place, status);
  if (declared === undefined) throw new Error(`${owner}: status ${status} is not declared`);
  for (const [name, header] of Object.entries(declared.headers ?? {})) {
    const { required = false, schema = anySchema } = dereference(spec, header) ?? {};
    const value = headers[name.toLowerCase()];
    if (value === undefined && required) throw new Error(`${owner} ${status}: header ${name} is missing`);
    if (value !== undefined) mustFit(spec, schema, value, `${owner} ${status} header ${name}`);
  }
  const [media] = Object.values(declared.content ?? {});
  if (media === undefined) {
    if (text !== "") throw new Error(`${owner} ${status}: there must be no body`);
    return;
  }
  mustFit(spec, media.schema, JSON.parse(text), `${owner} ${status} body`);
}

function dereference<T extends { $ref?: string }>(spec: object, node: T | undefined): T | undefined {
  return node?.$ref === undefined ? node : (resolveRef(spec, node.$ref) as T);
}

/** Validators are compiled once, since some tests check a hundred thousand responses. */
const compiled = new WeakMap<object, ValidateFunction>();

function mustFit(spec: object, schema: object, value: unknown, what: string): void {
  const { components = {} } = spec as { components?: object };
  const validate = compiled.get(schema) ?? ajv.compile({ ...translateSchema(schema), components: translateSchema(components) });
  compiled.set(schema, validate);
  if (!validate(value)) throw new Error(`${what} does not fit the spec: ${ajv.errorsText(validate.errors)}`);
}

/**
 * OpenAPI 3.0's `nullable` needs a `type` beside it for ajv; a schema of any type allows null by itself. Its `exclusiveMinimum` and
 * `exclusiveMaximum` are flags of the limit beside them (OpenAPI 3.0.3, Schema Object), where ajv reads them as limits.
 */
function translateSchema(node: object): object {
  return JSON.parse(JSON.stringify(node), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const schema = value as Record<string, unknown>;
    const entries = Object.entries(schema).flatMap(([key, member]): [string, unknown][] => {
      if (key === "nullable" && !("type" in schema)) return [];
      const limit = { exclusiveMinimum: "minimum", exclusiveMaximum: "maximum" }[key];
      if (limit === undefined || typeof member !== "boolean") return [[key, member]];
      return member ? [[key, schema[limit]]] : [];
    });
    return Object.fromEntries(entries);
  }) as object;
}
