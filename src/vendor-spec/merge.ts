import { isDeepStrictEqual } from "node:util";
import type { Schema } from "./document";
import { getOwn, omit } from "./json";

/** Follows a reference to a named schema. */
export function resolveSchema(schema: Schema, components: Readonly<Record<string, Schema>>): Schema {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : (components[name] ?? {});
}

/** Makes one schema that demands what every part demands (`allOf`). */
export function mergeAll(parts: readonly Schema[], components: Readonly<Record<string, Schema>>): Schema {
  return parts
    .map((part) => resolveSchema(part, components))
    .reduce<Schema>((merged, part) => {
      const properties = { ...merged.properties };
      for (const [name, property] of Object.entries(part.properties ?? {})) {
        const known = getOwn(properties, name);
        properties[name] =
          known === undefined || property.$ref !== undefined || known.$ref !== undefined ? property : { ...known, ...property };
      }
      const required = [...new Set([...(merged.required ?? []), ...(part.required ?? [])])];
      return {
        ...merged,
        ...part,
        ...(Object.keys(properties).length > 0 && { properties, type: "object" as const }),
        ...(required.length > 0 && { required }),
      };
    }, {});
}

/**
 * Makes one object that takes what any of the alternatives takes: the properties of all of them, required what all of them require.
 * Alternatives that are no objects stay alternatives.
 */
function joinAlternatives(alternatives: readonly Schema[], components: Readonly<Record<string, Schema>>): Schema {
  const flat = alternatives.map((alternative) => flattenAlternatives(alternative, components));
  const [first, ...others] = flat;
  if (first === undefined || others.every((other) => isDeepStrictEqual(other, first))) return first ?? {};
  if (!flat.every((schema) => schema.type === "object" || schema.properties !== undefined)) return { oneOf: [...alternatives] };
  const properties: Record<string, Schema> = {};
  for (const schema of flat) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const known = getOwn(properties, name);
      properties[name] = known === undefined ? property : joinProperty(name, known, property, components);
    }
  }
  const required = (first.required ?? []).filter((name) => others.every((other) => other.required?.includes(name)));
  const { description } = first;
  const closed = flat.every(({ additionalProperties }) => additionalProperties === false);
  return {
    type: "object",
    ...(description !== undefined && { description }),
    properties,
    ...(required.length > 0 && { required }),
    ...(closed && { additionalProperties: false }),
  };
}

/** Joins the alternatives at the top of a schema with what stands beside them. */
export function flattenAlternatives(schema: Schema, components: Readonly<Record<string, Schema>>, depth = 0): Schema {
  const resolved = resolveSchema(schema, components);
  const { oneOf, anyOf, ...rest } = resolved;
  const alternatives = oneOf ?? anyOf;
  if (alternatives === undefined || depth > 8) return resolved;
  const joined = joinAlternatives(alternatives, components);
  return joined.oneOf === undefined ? mergeAll([joined, rest], components) : resolved;
}

function joinProperty(name: string, one: Schema, other: Schema, components: Readonly<Record<string, Schema>>): Schema {
  if (isDeepStrictEqual(one, other)) return one;
  const [first, second] = [resolveSchema(one, components), resolveSchema(other, components)];
  if (first.type !== second.type) return first;
  const values = [...new Set([...listValues(name, first), ...listValues(name, second)])];
  const both = listValues(name, first).length > 0 && listValues(name, second).length > 0;
  const texts = [...new Set([first.description, second.description].filter((text) => text !== undefined))];
  return {
    ...omit(first, "enum", "default", "pattern"),
    ...(texts.length > 0 && { description: texts.join(" ") }),
    ...(both ? { enum: values } : {}),
    ...(first.pattern !== undefined && first.pattern === second.pattern && { pattern: first.pattern }),
  };
}

/** What a property may be; a grant_type that has a default alone means that value. */
function listValues(name: string, schema: Schema): unknown[] {
  if (schema.enum !== undefined) return schema.enum;
  return /^grant_?type$/i.test(name) && schema.default !== undefined ? [schema.default] : [];
}
