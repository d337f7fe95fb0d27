import { type SpecNode, isNode, resolveNode } from "./references";
import type { Fault, Pointer } from "./spec-text";

/** What Express or the validator reads as something else than itself, with the cure. */
const misread: readonly [character: string, cure: string][] = [
  ["?", "declare the query as parameters `in: query`"],
  ["#", "a server never sees a fragment; leave it out"],
  [":", "write a path parameter as {name}; a colon cannot be served"],
  ["*", "write a path parameter as {name}"],
  ["(", "a pattern belongs into the schema of a path parameter"],
  [")", "a pattern belongs into the schema of a path parameter"],
  ["[", "leave it out"],
  ["]", "leave it out"],
  ["!", "leave it out"],
  ["+", "leave it out"],
  ["\\", "write / for a slash"],
  ["%", "write the character itself; only letters, digits and -._~$&',;=@ can be served"],
];

/**
 * Finds faults of a path: what Express and the validator would read differently, and parameters that are not declared.
 * @param pointer where the path stands
 */
export function findPathFaults(path: string, pointer: Pointer): Fault[] {
  const say = (message: string): Fault[] => [{ pointer, message: `${path}: ${message}` }];
  if (!path.startsWith("/")) return say("a path begins with /");
  const plain = path.replace(/\{[A-Za-z_]\w*\}/g, "x");
  if (/[{}]/.test(plain)) return say("the braces are not those of a path parameter, such as {id}; optional parts need a path of their own");
  const wrong = misread.find(([character]) => plain.includes(character));
  if (wrong !== undefined) return say(`${wrong[0]} means something else to Express than to the validator; ${wrong[1]}`);
  if (!/^[\w./~$&',;=@-]*$/.test(plain)) return say("only letters, digits and -._~$&',;=@ can be served; write the path with these");
  if (/\/\/|\/\.{1,2}(?:\/|$)/.test(plain)) return say("clients resolve . and .. and some join two slashes; write the path without them");
  const part = path.split("/").find((segment) => segment.includes("{") && !/^\{\w+\}$/.test(segment));
  if (part !== undefined)
    return say(`${part} is a parameter with something beside it, which cannot be served; make the whole segment a parameter, such as {id}`);
  const names = listPathParameters(path);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  return repeated === undefined ? [] : say(`{${repeated}} is there twice; give the second another name`);
}

/** Lists the names in the braces of a path. */
function listPathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** Erases the names of the parameters: two paths that differ in nothing else match the same requests. */
export function eraseNames(path: string): string {
  return path.replace(/\{\w+\}/g, "{}");
}

interface PathOperation {
  path: string;
  where: string;
  pointer: Pointer;
  item: SpecNode;
  operation: SpecNode;
}

/** Finds path parameters that are not declared, and declared ones that are not in the path (OpenAPI 3.0.3, Parameter Object). */
export function findParameterFaults(document: unknown, { path, where, pointer, item, operation }: PathOperation): Fault[] {
  const declared = new Map<string, boolean>();
  for (const list of [item.parameters, operation.parameters]) {
    for (const each of Array.isArray(list) ? list : []) {
      const parameter = resolveNode(document, each);
      if (parameter?.in === "path") declared.set(String(parameter.name), parameter.required === true);
    }
  }
  const names = listPathParameters(path);
  const declaration = (name: string) => `{name: ${name}, in: path, required: true, schema: …}`;
  return [
    ...names
      .filter((name) => declared.get(name) !== true)
      .map((name) => ({ pointer, message: `${where}: {${name}} is not declared; add ${declaration(name)} to its parameters` })),
    ...[...declared.keys()]
      .filter((name) => !names.includes(name))
      .map((name) => ({
        pointer,
        message: `${where}: the path has no {${name}}, which its parameters declare; remove one or add the other`,
      })),
  ];
}

/** @returns the members of a path item; none for one that is empty */
export function readPathItem(item: unknown): SpecNode {
  return isNode(item) ? item : {};
}
