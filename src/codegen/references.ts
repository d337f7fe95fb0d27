import type { Fault, Pointer } from "./spec-text";

export type SpecNode = Record<string, unknown>;

/** @returns whether a value is an object with named members */
export function isNode(value: unknown): value is SpecNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Members whose own members have names that the author chose. */
const nameMembers = new Set([
  ...["paths", "responses", "content", "encoding", "callbacks", "variables", "properties", "patternProperties"],
  ...["schemas", "parameters", "examples", "requestBodies", "headers", "securitySchemes"],
]);

/** Those of them that can have extensions (OpenAPI 3.0.3, Specification Extensions); in the others `x-…` is a name. */
const extensibleMembers = new Set(["paths", "responses", "callbacks"]);

/** Members that are values: a `$ref` in them is no reference. */
const valueMembers = new Set(["example", "default", "enum", "const", "value", "mapping", "scopes", "security", "required", "links"]);

function isValueMember(name: string): boolean {
  return valueMembers.has(name) || name.startsWith("x-");
}

type Visit = (node: SpecNode, pointer: Pointer) => void;

/** Visits every object that OpenAPI defines; not the maps that give them names, and not what is only data, such as examples. */
function visitObjects(node: unknown, visit: Visit, pointer: Pointer = []): void {
  if (Array.isArray(node)) return node.forEach((item, index) => visitObjects(item, visit, [...pointer, index]));
  if (!isNode(node)) return;
  visit(node, pointer);
  for (const [name, member] of Object.entries(node)) {
    if (isValueMember(name)) continue;
    const at = [...pointer, name];
    if (!nameMembers.has(name) || !isNode(member)) visitObjects(member, visit, at);
    else
      for (const [own, value] of Object.entries(member))
        if (!extensibleMembers.has(name) || !own.startsWith("x-")) visitObjects(value, visit, [...at, own]);
  }
}

/**
 * Returns a copy without the extensions and examples that hold a `$ref`. The bundler, the validator and other readers would follow it
 * as a reference, and no program here reads these members.
 */
export function dropReferencesInData<Whole>(document: Whole): Whole {
  const copy = structuredClone(document);
  visitObjects(copy, (node) => {
    for (const [name, value] of Object.entries(node)) if (isValueMember(name) && holdsReference(value)) Reflect.deleteProperty(node, name);
  });
  return copy;
}

function holdsReference(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, member]) => (name === "$ref" && typeof member === "string") || holdsReference(member));
}

/** Finds references that leave the file, lead nowhere, or lead back to themselves. */
export function findReferenceFaults(document: unknown): Fault[] {
  const faults: Fault[] = [];
  visitObjects(document, (node, pointer) => {
    if (!("$ref" in node)) return;
    const message = describeReference(document, node.$ref);
    if (message !== undefined) faults.push({ pointer: [...pointer, "$ref"], message });
  });
  return faults;
}

function describeReference(document: unknown, reference: unknown): string | undefined {
  if (typeof reference !== "string") return "$ref is not a text; write it as #/components/…";
  if (!reference.startsWith("#/"))
    return `$ref ${reference} leaves the file; copy its target into the components of this file, or let \`polymint contract add\` do that`;
  const { value, isCircle } = followReference(document, reference);
  if (isCircle) return `$ref ${reference} leads back to itself; write a schema in its place`;
  return value === undefined ? `$ref ${reference} leads nowhere; correct the name, or add it to the components` : undefined;
}

/** @returns the object that a node stands for: the target of its reference, or itself; undefined if there is no object */
export function resolveNode(document: unknown, node: unknown): SpecNode | undefined {
  const target = isNode(node) && typeof node.$ref === "string" ? followReference(document, node.$ref).value : node;
  return isNode(target) ? target : undefined;
}

function followReference(document: unknown, reference: string): { value: unknown; isCircle: boolean } {
  const visited = new Set<string>();
  for (let next = reference; !visited.has(next);) {
    visited.add(next);
    const value = findTarget(document, next);
    if (!isNode(value) || typeof value.$ref !== "string") return { value, isCircle: false };
    next = value.$ref;
  }
  return { value: undefined, isCircle: true };
}

/** Finds what a reference such as `#/components/schemas/Token` leads to; undefined if it leads nowhere, or out of the document. */
export function findTarget(document: unknown, reference: string): unknown {
  if (!reference.startsWith("#/")) return undefined;
  let node = document;
  for (const name of readPointer(reference)) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return undefined;
    node = (node as SpecNode)[name];
  }
  return node;
}

/** Splits a JSON pointer in the fragment of a URI, such as `#/paths/~1token/post`, into its names (RFC 6901 §4, §6). */
export function readPointer(fragment: string): string[] {
  const [, ...names] = fragment.split("/");
  return names.map((name) => decodePercent(name).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
