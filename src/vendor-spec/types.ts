import type { Schema } from "./document";
import { asArray, asStrings, type JsonObject } from "./json";

type TypeName = NonNullable<Schema["type"]>;

const typeNames: readonly string[] = ["string", "number", "integer", "boolean", "object", "array"];

/** Reads `type` as OpenAPI 3.0 and 3.1 write it. */
export function readTypes(node: JsonObject): { types: TypeName[]; nullable: boolean } {
  const given = typeof node.type === "string" ? [node.type] : asStrings(node.type);
  const types = given.filter((type): type is TypeName => typeNames.includes(type));
  const single = types.includes("number") ? types.filter((type) => type !== "integer") : types;
  return { types: single, nullable: node.nullable === true || given.includes("null") };
}

const objectKeys = ["properties", "additionalProperties", "patternProperties", "minProperties", "maxProperties"];
const arrayKeys = ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"];
const textKeys = ["pattern", "minLength", "maxLength", "format", "contentEncoding"];
const numberKeys = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/** Finds the type that a schema means without saying so; undefined if it says nothing, or leaves it to its parts. */
export function inferType(node: JsonObject): TypeName | undefined {
  const has = (keys: readonly string[]): boolean => keys.some((key) => node[key] !== undefined);
  if (has(["allOf", "oneOf", "anyOf", "$ref"])) return has(["properties"]) ? "object" : undefined;
  if (has(objectKeys)) return "object";
  if (has(arrayKeys)) return "array";
  const value =
    node.const ?? asArray(node.enum).find((entry) => entry !== null) ?? node.example ?? asArray(node.examples)[0] ?? node.default;
  if (value !== undefined && value !== null) return nameType(value);
  if (has(textKeys)) return "string";
  return has(numberKeys) ? "number" : undefined;
}

function nameType(value: unknown): TypeName {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "boolean" || typeof value === "object" ? (typeof value as TypeName) : "string";
}

/** @returns whether a value has a type of OpenAPI; any value has the type `undefined` */
export function fitsType(value: unknown, type: TypeName | undefined): boolean {
  if (type === undefined) return true;
  if (value === null) return false;
  const own = nameType(value);
  return own === type || (own === "integer" && type === "number");
}
