import { findTarget } from "../codegen/references";
import type { Bundled } from "./bundle";
import { asObject, isObject, type JsonObject } from "./json";

/** Replaces a reference to a parameter, a body, a response or a header by what it leads to. */
export function inlineReference(bundled: Bundled, node: unknown, depth = 0): JsonObject {
  if (!isObject(node) || typeof node.$ref !== "string" || depth > 8) return asObject(node);
  const target = asObject(inlineReference(bundled, findTarget({ components: bundled.components }, node.$ref), depth + 1));
  return { ...target, ...(typeof node.description === "string" && { description: node.description }) };
}
