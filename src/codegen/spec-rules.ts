/** The rules for OpenAPI files that make the generated types and validators exact. */
import { findRequestFaults, findResponseFaults } from "./body-rules";
import { findClientFaults } from "./clients/client-rules";
import { isHttpMethod } from "./methods";
import { findParameterFaults, findPathFaults, readPathItem } from "./path-rules";
import { type SpecNode, findReferenceFaults, isNode } from "./references";
import type { Fault, Pointer } from "./spec-text";

/**
 * Finds faults that would generate types that accept anything, or a validator that checks nothing.
 * @returns empty for a document without faults
 */
export function findFaults(document: unknown): Fault[] {
  if (document === null || document === undefined) return [{ pointer: [], message: "is empty; write an OpenAPI 3.0 document" }];
  if (!isNode(document)) return [{ pointer: [], message: "is not an OpenAPI document: it has no members such as openapi and paths" }];
  const operations = listOperations(document);
  return [
    ...findVersionFaults(document),
    ...findServerFaults(document),
    ...(operations.length > 0 ? [] : [{ pointer: ["paths"], message: "paths: there is no operation; add one, such as a post" }]),
    ...Object.entries(isNode(document.paths) ? document.paths : {})
      .filter(([path]) => !path.startsWith("x-"))
      .flatMap(([path, item]) => [...findPathFaults(path, ["paths", path]), ...findItemFaults(path, readPathItem(item))]),
    ...operations.flatMap((located) => findOperationFaults(document, located)),
    ...findRepeatedIds(operations),
    ...findReferenceFaults(document),
  ];
}

function findVersionFaults({ openapi }: SpecNode): Fault[] {
  if (typeof openapi === "string" && /^3\.0\.\d/.test(openapi)) return [];
  const cure = "`polymint contract add` turns other versions into 3.0";
  return [{ pointer: ["openapi"], message: `openapi: must be a 3.0.x version in quotes, such as "3.0.3"; ${cure}` }];
}

function findRepeatedIds(operations: readonly LocatedOperation[]): Fault[] {
  const known = new Set<unknown>();
  return operations.flatMap(({ pointer, operation: { operationId } }) => {
    if (typeof operationId !== "string" || !known.has(operationId)) {
      known.add(operationId);
      return [];
    }
    const message = `operationId ${operationId} is used twice; give this operation another one`;
    return [{ pointer: [...pointer, "operationId"], message }];
  });
}

/** The validator is told that every spec is served at `/`. */
function findServerFaults({ servers }: SpecNode): Fault[] {
  const [only, ...others] = Array.isArray(servers) ? (servers as unknown[]) : [];
  if (isNode(only) && only.url === "/" && others.length === 0) return [];
  const cure = "write `servers: [{url: /}]`, and what the vendor's server has as a base path in front of each path";
  return [{ pointer: ["servers"], message: `servers: must be exactly one, with url /; ${cure}` }];
}

function findItemFaults(path: string, item: SpecNode): Fault[] {
  const at = ["paths", path];
  const own = Object.entries(item).filter(
    ([name, member]) => name === "servers" || (isHttpMethod(name) && isNode(member) && "servers" in member),
  );
  return [
    ...("$ref" in item ? [{ pointer: at, message: `${path}: a path cannot be a reference; write its operations here` }] : []),
    ...own.map(([name]) => ({
      pointer: [...at, name],
      message: `${path}: it cannot have servers of its own; put their base path into the path`,
    })),
  ];
}

/** An operation and where it stands. */
interface LocatedOperation {
  path: string;
  /** In lower case. */
  method: string;
  /** Method and path, for sentences. */
  where: string;
  pointer: Pointer;
  item: SpecNode;
  operation: SpecNode;
}

/** Lists the operations of a document. */
export function listOperations(document: unknown): LocatedOperation[] {
  const paths = isNode(document) && isNode(document.paths) ? document.paths : {};
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(readPathItem(item))
      .filter(([method]) => !path.startsWith("x-") && isHttpMethod(method))
      .map(([method, operation]) => ({
        path,
        method,
        where: `${method.toUpperCase()} ${path}`,
        pointer: ["paths", path, method],
        item: readPathItem(item),
        operation: isNode(operation) ? operation : {},
      })),
  );
}

function findOperationFaults(document: unknown, located: LocatedOperation): Fault[] {
  const { where, operation, pointer } = located;
  const { operationId } = operation;
  const isName = typeof operationId === "string" && /^[A-Za-z_]\w*$/.test(operationId) && operationId !== "__proto__";
  const why = "without one it would vanish from the generated operations; add one of letters, digits and _, such as issueToken";
  return [
    ...(isName ? [] : [{ pointer: [...pointer, "operationId"], message: `${where}: has no operationId that is a name; ${why}` }]),
    ...findParameterFaults(document, located),
    ...findRequestFaults(document, where, operation, pointer),
    ...findResponseFaults(document, where, operation, pointer),
    ...findClientFaults(where, operation, pointer),
  ];
}
