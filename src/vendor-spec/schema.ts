import type { DecisionLog } from "./decision";
import type { Schema } from "./document";
import { asArray, asObject, asStrings, asText, isObject, type JsonObject, omit } from "./json";
import { mergeAll } from "./merge";
import { findPatternFault } from "./pattern";
import { fitsType, inferType, readTypes } from "./types";

/** Keywords of JSON Schema 2020-12 that check something and have no counterpart in OpenAPI 3.0. */
const unchecked = [
  ...["if", "then", "else", "patternProperties", "unevaluatedProperties", "unevaluatedItems", "dependentRequired"],
  ...["dependentSchemas", "dependencies", "propertyNames", "contains", "minContains", "maxContains", "contentSchema", "$dynamicRef"],
] as const;

const lengths = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"] as const;

/** The formats that the validator knows. A vendor's own format checks nothing, and linters warn of it. */
const formats = new Set([
  ...["date", "time", "date-time", "duration", "uri", "uri-reference", "email", "hostname", "ipv4", "ipv6", "uuid", "byte"],
  ...["int32", "int64", "float", "double", "password"],
]);

/** Translates the vendor's schemas to OpenAPI 3.0, keyword by keyword: what is not known here does not pass. */
export class SchemaTranslator {
  /** The named schemas that were reached so far, under their new names. */
  readonly components: Record<string, Schema> = {};

  constructor(
    private readonly vendor: JsonObject,
    private readonly names: ReadonlyMap<string, string>,
    private readonly log: DecisionLog,
  ) {}

  /** @param pointer where the result will stand */
  translate(node: unknown, pointer: readonly string[]): Schema {
    if (!isObject(node)) return {};
    if (typeof node.$ref === "string") return this.translateReference(node, node.$ref, pointer);
    const schema: Schema = {
      ...readAnnotations(node),
      ...this.translateType(node, pointer),
      ...this.readLimits(node, pointer),
      ...this.translateParts(node, pointer),
    };
    this.reportUnchecked(node, pointer);
    return this.finish(this.combine(schema, node, pointer), node, pointer);
  }

  private translateReference(node: JsonObject, ref: string, pointer: readonly string[]): Schema {
    const vendorName = decodeURIComponent(ref.slice(ref.lastIndexOf("/") + 1))
      .replaceAll("~1", "/")
      .replaceAll("~0", "~");
    const name = this.names.get(vendorName);
    if (name === undefined) return {};
    if (this.components[name] === undefined) {
      // A schema that holds itself finds an object here, which is cut off later.
      this.components[name] = { type: "object" };
      this.components[name] = this.translate(this.vendor[vendorName], ["components", "schemas", name]);
    }
    const target: Schema = { $ref: `#/components/schemas/${name}` };
    const siblings = omit(node, "$ref");
    const checks = Object.keys(siblings).some(
      (key) => !/^(?:x-|description$|summary$|title$|examples?$|default$|deprecated$|nullable$)/.test(key),
    );
    return checks ? this.translate({ allOf: [{ $ref: ref }, siblings] }, pointer) : target;
  }

  private translateType(node: JsonObject, pointer: readonly string[]): Schema {
    const { types, nullable } = readTypes(node);
    const values = node.const === undefined ? asArray(node.enum) : [node.const];
    const single = types.length === 1 ? types[0] : undefined;
    if (types.length > 1) {
      const [first] = types;
      this.log.decide(pointer, "type", first ?? "string", `the vendor takes ${types.join(" or ")}; one type makes a better client`);
    }
    const type = single ?? types[0] ?? inferType(node);
    const schema: Schema = { ...(type !== undefined && { type }), ...(nullable && type !== undefined && { nullable: true }) };
    if (values.length === 0) return schema;
    const texts = type === "string" ? values.map((value) => (typeof value === "number" ? String(value) : value)) : values;
    const fitting = [...new Set(texts.filter((value) => value !== null && fitsType(value, type)))];
    return fitting.length === 0 ? schema : { ...schema, enum: nullable ? [...fitting, null] : fitting };
  }

  private readLimits(node: JsonObject, pointer: readonly string[]): Schema {
    const limits: Schema = {};
    for (const key of lengths) if (Number.isInteger(node[key])) limits[key] = node[key] as number;
    if (typeof node.multipleOf === "number" && node.multipleOf > 0) limits.multipleOf = node.multipleOf;
    for (const [limit, exclusive] of [
      ["minimum", "exclusiveMinimum"],
      ["maximum", "exclusiveMaximum"],
    ] as const) {
      if (typeof node[limit] === "number") limits[limit] = node[limit];
      if (typeof node[exclusive] === "number") limits[limit] = node[exclusive];
      if (limits[limit] !== undefined && (node[exclusive] === true || typeof node[exclusive] === "number")) limits[exclusive] = true;
    }
    if (node.uniqueItems === true) limits.uniqueItems = true;
    const format = asText(node.contentEncoding) === "base64" ? "byte" : asText(node.format);
    if (format !== undefined && formats.has(format)) limits.format = format;
    const fault = typeof node.pattern === "string" ? findPatternFault(node.pattern) : undefined;
    if (fault !== undefined) this.log.decide(pointer, "pattern", "left out", `${String(node.pattern)}: ${fault}; it is no longer checked`);
    else if (typeof node.pattern === "string") limits.pattern = node.pattern;
    return limits;
  }

  private translateParts(node: JsonObject, pointer: readonly string[]): Schema {
    const parts: Schema = {};
    if (isObject(node.properties)) {
      const entries = Object.entries(node.properties).filter(([name, value]) => name !== "__proto__" && value !== false);
      parts.properties = Object.fromEntries(
        entries.map(([name, value]) => [name, this.translate(value, [...pointer, "properties", name])] as const),
      );
    }
    const required = [...new Set(asStrings(node.required))].filter((name) => name !== "__proto__");
    if (required.length > 0) parts.required = required;
    if (isObject(node.additionalProperties)) {
      parts.additionalProperties = this.translate(node.additionalProperties, [...pointer, "additionalProperties"]);
    } else if (typeof node.additionalProperties === "boolean") parts.additionalProperties = node.additionalProperties;
    if (isObject(node.items)) parts.items = this.translate(node.items, [...pointer, "items"]);
    else if (Array.isArray(node.prefixItems)) {
      this.log.decide(pointer, "prefixItems", "left out", "OpenAPI 3.0 has no tuples; the order of the items is no longer checked");
    }
    if (isObject(node.not)) parts.not = this.translate(node.not, [...pointer, "not"]);
    return parts;
  }

  /** Merges `allOf` into one schema, and takes the alternative `null` out of `oneOf` and `anyOf`. */
  private combine(schema: Schema, node: JsonObject, pointer: readonly string[]): Schema {
    let combined = schema;
    const all = asArray(node.allOf).map((part, index) => this.translate(part, [...pointer, "allOf", String(index)]));
    if (all.length === 1 && all[0]?.$ref !== undefined && !hasChecks(schema)) return all[0];
    if (all.length > 0) combined = mergeAll([...all, schema], this.components);
    for (const key of ["oneOf", "anyOf"] as const) {
      const parts = asArray(node[key]);
      const rest = parts.filter((part) => !isNull(part));
      if (rest.length === 0) continue;
      const translated = rest.map((part, index) => this.translate(part, [...pointer, key, String(index)]));
      const [only] = translated;
      if (translated.length > 1 || only === undefined) combined = { ...combined, [key]: translated };
      else if (only.$ref !== undefined && !hasChecks(combined)) return only;
      else combined = mergeAll([only, combined], this.components);
      combined = joinTexts(combined, key);
      if (rest.length < parts.length && combined.type !== undefined && combined[key] === undefined) combined.nullable = true;
    }
    return combined;
  }

  /** Drops what contradicts the rest, so that linters, codegen and validator agree. */
  private finish(schema: Schema, node: JsonObject, pointer: readonly string[]): Schema {
    if (schema.$ref !== undefined) return schema;
    const value = node.default;
    if (value !== undefined && fitsType(value, schema.type) && (schema.enum?.includes(value) ?? true)) schema.default = value;
    if (node.discriminator !== undefined) {
      this.log.decide(pointer, "discriminator", "left out", "the alternatives themselves say which of them fits");
    }
    if (schema.type === "array" && schema.items === undefined) schema.items = { type: "string" };
    if (schema.type !== undefined && schema.type !== "object" && schema.oneOf === undefined && schema.anyOf === undefined) {
      delete schema.properties;
      delete schema.required;
      delete schema.additionalProperties;
    }
    return schema;
  }

  private reportUnchecked(node: JsonObject, pointer: readonly string[]): void {
    for (const key of unchecked) {
      if (node[key] === undefined) continue;
      this.log.decide(pointer, key, "left out", `OpenAPI 3.0 does not have ${key}; what it says is no longer checked`);
    }
  }
}

function readAnnotations(node: JsonObject): Schema {
  const description = asText(node.description);
  const example = node.example ?? (Array.isArray(node.examples) ? (node.examples as unknown[])[0] : undefined);
  return {
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    ...(node.deprecated === true && { deprecated: true }),
    ...(node.readOnly === true && { readOnly: true }),
    ...(node.writeOnly === true && { writeOnly: true }),
  };
}

/** A text that is one of some values or any other text is a text. */
function joinTexts(schema: Schema, key: "oneOf" | "anyOf"): Schema {
  const parts = schema[key] ?? [];
  const simple = parts.every(
    (part) => part.type === "string" && Object.keys(part).every((name) => ["type", "enum", "description", "example"].includes(name)),
  );
  if (parts.length === 0 || !simple) return schema;
  const values = [...new Set(parts.flatMap((part) => part.enum ?? []))];
  const closed = parts.every((part) => part.enum !== undefined);
  return { ...omit(schema, key), type: "string", ...(closed && { enum: values }) };
}

function isNull(part: unknown): boolean {
  return asObject(part).type === "null" || (asObject(part).const === null && isObject(part) && "const" in part);
}

function hasChecks(schema: Schema): boolean {
  return Object.keys(schema).some((key) => !["description", "example", "deprecated", "nullable", "readOnly", "writeOnly"].includes(key));
}
