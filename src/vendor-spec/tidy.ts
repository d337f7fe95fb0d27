import type { DecisionLog } from "./decision";
import type { OpenApiDocument, Schema } from "./document";
import { getOwn } from "./json";

/** Calls `visit` for a schema and all that stand in it, not for those that it refers to. */
export function visitSchema(schema: Schema, pointer: readonly string[], visit: (schema: Schema, pointer: readonly string[]) => void): void {
  visit(schema, pointer);
  const go = (part: Schema | undefined, ...keys: string[]): void => {
    if (part !== undefined) visitSchema(part, [...pointer, ...keys], visit);
  };
  for (const [name, property] of Object.entries(schema.properties ?? {})) go(property, "properties", name);
  if (typeof schema.additionalProperties === "object") go(schema.additionalProperties, "additionalProperties");
  go(schema.items, "items");
  go(schema.not, "not");
  for (const key of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, part] of (schema[key] ?? []).entries()) go(part, key, String(index));
  }
}

/**
 * Makes the schemas exact: every value has a type, every required property is described, no schema leads back to itself. A generated
 * type would be `unknown` otherwise, and the validator writes references out.
 */
export function tidySchemas(document: OpenApiDocument, log: DecisionLog): void {
  const { schemas } = document.components;
  cutCircles(schemas, log);
  for (const [name, schema] of Object.entries(schemas)) {
    visitSchema(schema, ["components", "schemas", name], (part, pointer) => {
      describeRequired(part, pointer, log);
      giveType(part, pointer, log);
      delete part.readOnly;
      delete part.writeOnly;
    });
  }
  dropUnreached(document);
}

function giveType(schema: Schema, pointer: readonly string[], log: DecisionLog): void {
  const composed = schema.$ref ?? schema.oneOf ?? schema.anyOf ?? schema.allOf ?? schema.not;
  if (schema.type === undefined && composed === undefined) {
    schema.type = "string";
    log.decide(pointer, "type", "string", "the vendor does not say what this value is");
  }
  if (schema.type !== "object") return;
  const { additionalProperties, properties } = schema;
  const open =
    additionalProperties === true || (typeof additionalProperties === "object" && Object.keys(additionalProperties).length === 0);
  if (properties !== undefined && open) delete schema.additionalProperties;
  const free = properties === undefined && (additionalProperties === undefined || open);
  if (!free || composed !== undefined) return;
  schema.additionalProperties = { type: "string" };
  log.decide(pointer, "fields", "texts of any name", "the vendor does not say what this object has");
}

function describeRequired(schema: Schema, pointer: readonly string[], log: DecisionLog): void {
  if (schema.required === undefined || schema.oneOf !== undefined || schema.anyOf !== undefined || schema.allOf !== undefined) return;
  const missing = schema.required.filter((name) => getOwn(schema.properties ?? {}, name) === undefined);
  for (const name of missing) {
    schema.properties = { ...schema.properties, [name]: { type: "string" } };
    log.decide([...pointer, "properties", name], "type", "string", "the vendor requires this field, and does not describe it");
  }
}

function cutCircles(schemas: Record<string, Schema>, log: DecisionLog): void {
  const done = new Set<string>();
  const enter = (name: string, above: readonly string[]): void => {
    if (done.has(name)) return;
    visitSchema(schemas[name] ?? {}, ["components", "schemas", name], (part, pointer) => {
      const target = part.$ref?.replace("#/components/schemas/", "");
      if (target === undefined) return;
      if (![...above, name].includes(target)) return enter(target, [...above, name]);
      delete part.$ref;
      Object.assign(part, { type: "object", additionalProperties: { type: "string" } } satisfies Schema);
      log.decide(pointer, "fields", "texts of any name", `${target} holds itself; what it holds at this depth is no longer checked`);
    });
    done.add(name);
  };
  for (const name of Object.keys(schemas)) enter(name, []);
}

function dropUnreached(document: OpenApiDocument): void {
  const { schemas } = document.components;
  const reached = new Set<string>();
  const reach = (node: unknown): void => {
    for (const [, name] of JSON.stringify(node ?? null).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      if (name === undefined || reached.has(name)) continue;
      reached.add(name);
      reach(schemas[name]);
    }
  };
  reach(document.paths);
  const kept = Object.entries(schemas).filter(([name]) => reached.has(name));
  document.components.schemas = Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}
