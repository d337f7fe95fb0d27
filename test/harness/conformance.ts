/** Checks responses against the OpenAPI spec of their contract. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Response } from "supertest";
import { wiring } from "../../generated/wiring";

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
const services = ["weavr-login", "weavr-step-up", "oauth2", "userinfo", "discovery", "health", "device-authorization"];

/**
 * Compares a response with what the spec declares for its status: required headers, the schema of each header, and the body.
 * The server's own check sees only some responses; this one is for all.
 * @throws Error that says what does not conform
 */
export function mustConform(response: Response, contract: string, path: string, method = "post"): void {
  const spec = specOf(contract);
  const responses = spec.paths[path]?.[method]?.responses ?? {};
  const status = String(response.status);
  const declared = dereference(spec, responses[status] ?? responses[`${status.charAt(0)}XX`] ?? responses.default);
  if (declared === undefined) throw new Error(`${contract}: status ${response.status} is not declared`);
  for (const [name, header] of Object.entries(declared.headers ?? {})) {
    const { required = false, schema = anySchema } = dereference(spec, header) ?? {};
    const value = response.headers[name.toLowerCase()];
    if (value === undefined && required) throw new Error(`${contract} ${response.status}: header ${name} is missing`);
    if (value !== undefined) mustFit(spec, schema, value, `${contract} ${response.status} header ${name}`);
  }
  const media = declared.content?.["application/json"];
  if (media === undefined) {
    if (response.text !== "") throw new Error(`${contract} ${response.status}: there must be no body`);
    return;
  }
  mustFit(spec, media.schema, JSON.parse(response.text), `${contract} ${response.status} body`);
}

function specOf(contract: string): SpecDocument {
  const wired = wiring.find(({ name }) => name === contract);
  if (wired !== undefined) return wired.spec as SpecDocument;
  if (!services.includes(contract)) throw new Error(`there is no contract ${contract}`);
  const read = serviceSpecs.get(contract) ?? (JSON.parse(readFileSync(join(servicesFolder, `${contract}.json`), "utf8")) as SpecDocument);
  serviceSpecs.set(contract, read);
  return read;
}

const servicesFolder = join(__dirname, "..", "..", "generated", "services");
const serviceSpecs = new Map<string, SpecDocument>();

function dereference<T extends { $ref?: string }>(spec: object, node: T | undefined): T | undefined {
  if (node?.$ref === undefined) return node;
  const path = node.$ref.slice(2).split("/");
  return path.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], spec) as T;
}

/** Validators are compiled once, since some tests check a hundred thousand responses. */
const compiled = new WeakMap<object, ValidateFunction>();

function mustFit(spec: object, schema: object, value: unknown, what: string): void {
  const { components = {} } = spec as { components?: object };
  const validate = compiled.get(schema) ?? ajv.compile({ ...translateNullable(schema), components: translateNullable(components) });
  compiled.set(schema, validate);
  if (!validate(value)) throw new Error(`${what} does not fit the spec: ${ajv.errorsText(validate.errors)}`);
}

/** OpenAPI 3.0's `nullable` needs a `type` beside it for ajv; a schema of any type allows null by itself. */
function translateNullable(node: object): object {
  return JSON.parse(JSON.stringify(node), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !("nullable" in value) || "type" in value) return value;
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== "nullable"));
  }) as object;
}
