import Ajv, { type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Media, OpenApiDocument, Operation, Schema } from "./document";
import { getOwn, isObject, type JsonObject, omit } from "./json";
import { resolveSchema } from "./merge";
import { visitSchema } from "./tidy";

/** Drops the examples that contradict their schemas: linters refuse them, and a request made of one would be refused. */
export function dropWrongExamples(document: OpenApiDocument): void {
  const { schemas } = document.components;
  const checker = new ExampleChecker(schemas);
  const checkSchema = (schema: Schema): void => {
    visitSchema(schema, [], (part) => {
      if (part.example !== undefined && !checker.accepts(part, part.example)) delete part.example;
      if (part.default !== undefined && !checker.accepts(part, part.default)) delete part.default;
    });
  };
  Object.values(schemas).forEach(checkSchema);
  for (const operation of Object.values(document.paths).flatMap((item) => Object.values(item))) {
    for (const holder of listHolders(operation)) {
      checkSchema(holder.schema);
      if (!("example" in holder)) continue;
      holder.example = dropUndescribed(resolveSchema(holder.schema, schemas), holder.example, schemas);
      if (!checker.accepts(holder.schema, holder.example) || isReference(holder.example)) delete holder.example;
    }
  }
}

/** Some vendors write the address of an example where the example belongs. */
function isReference(example: unknown): boolean {
  return isObject(example) && "$ref" in example;
}

/** Drops the members of an example that its schema does not describe: linters take these for slips of the pen. */
function dropUndescribed(schema: Schema, value: unknown, schemas: Readonly<Record<string, Schema>>): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((entry) => dropUndescribed(resolveSchema(items, schemas), entry, schemas));
  }
  if (!isObject(value) || schema.properties === undefined || schema.additionalProperties !== undefined || isReference(value)) return value;
  const { properties } = schema;
  const known = Object.entries(value).filter(([name]) => getOwn(properties, name) !== undefined);
  return Object.fromEntries(
    known.map(([name, member]) => [name, dropUndescribed(resolveSchema(getOwn(properties, name) ?? {}, schemas), member, schemas)]),
  );
}

function listHolders(operation: Operation): (Media | { schema: Schema })[] {
  const responses = Object.values(operation.responses);
  return [
    ...(operation.parameters ?? []),
    ...Object.values(operation.requestBody?.content ?? {}),
    ...responses.flatMap(({ content, headers }) => [...Object.values(content ?? {}), ...Object.values(headers ?? {})]),
  ];
}

class ExampleChecker {
  private readonly ajv = addFormats(new Ajv({ strict: false, validateFormats: true, logger: false, allErrors: false }));
  private readonly compiled = new Map<Schema, ValidateFunction>();

  constructor(private readonly schemas: Readonly<Record<string, Schema>>) {}

  accepts(schema: Schema, value: unknown): boolean {
    let check = this.compiled.get(schema);
    if (check === undefined) {
      check = this.ajv.compile(this.toJsonSchema(omit(schema, "example")) as object);
      this.compiled.set(schema, check);
    }
    return check(value);
  }

  /** OpenAPI 3.0 has its own `exclusiveMinimum`, `nullable` and references; unknown fields are a sign of another schema's example. */
  private toJsonSchema(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((entry) => this.toJsonSchema(entry));
    if (typeof node !== "object" || node === null) return node;
    const schema: JsonObject = { ...resolveSchema(node, this.schemas) };
    const copy: JsonObject = {};
    for (const [key, value] of Object.entries(schema)) {
      if (key === "exclusiveMinimum" || key === "exclusiveMaximum") continue;
      const exclusive = { minimum: "exclusiveMinimum", maximum: "exclusiveMaximum" }[key];
      const name = exclusive !== undefined && schema[exclusive] === true ? exclusive : key;
      copy[name] = key === "enum" || key === "default" ? value : this.toJsonSchema(value);
    }
    return copy;
  }
}
