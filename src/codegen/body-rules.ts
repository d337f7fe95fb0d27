import { type SpecNode, isNode, resolveNode } from "./references";
import type { Fault, Pointer } from "./spec-text";

/** Finds faults of a request body: more than one media type, or a body of which nothing is typed. */
export function findRequestFaults(document: unknown, where: string, operation: SpecNode, pointer: Pointer): Fault[] {
  if (operation.requestBody === undefined) return [];
  const at = [...pointer, "requestBody"];
  const content = resolveNode(document, operation.requestBody)?.content;
  if (!isNode(content) || Object.keys(content).length !== 1)
    return [{ pointer: at, message: `${where}: a request body must have exactly one media type; keep the one that the contract reads` }];
  return findUntypedContent(document, `${where}: the request body`, content, at);
}

/** Finds faults of responses: statuses that no reply can have, no success, and successes of which nothing is typed. */
export function findResponseFaults(document: unknown, where: string, operation: SpecNode, pointer: Pointer): Fault[] {
  const responses = isNode(operation.responses) ? operation.responses : {};
  const at = [...pointer, "responses"];
  const statuses = Object.keys(responses).filter((status) => !status.startsWith("x-"));
  const odd = statuses
    .filter((status) => !/^(?:[1-5]\d\d|[1-5]XX|default)$/.test(status))
    .map((status) => ({
      pointer: [...at, status],
      message: `${where}: response ${status} is no status; write one such as 400, a range such as 4XX, or default`,
    }));
  const successes = statuses.filter((status) => /^2(?:\d\d|XX)$/.test(status));
  if (successes.length === 0) odd.push({ pointer: at, message: `${where}: declares no success; add a response such as 200` });
  const untyped = successes.flatMap((status) => {
    const content = resolveNode(document, responses[status])?.content;
    return isNode(content) ? findUntypedContent(document, `${where}: the response ${status}`, content, [...at, status]) : [];
  });
  return [...odd, ...untyped];
}

function findUntypedContent(document: unknown, what: string, content: SpecNode, pointer: Pointer): Fault[] {
  return Object.entries(content)
    .filter(([, media]) => !isTyped(document, resolveNode(document, media)?.schema))
    .map(([type]) => ({
      pointer: [...pointer, "content", type, "schema"],
      message: `${what} has a schema that types nothing, so that anything would be accepted; give it a type, and list its properties`,
    }));
}

/** @returns whether a schema says anything about a value, so that its type is not `unknown` */
function isTyped(document: unknown, node: unknown, visited: readonly SpecNode[] = []): boolean {
  const schema = resolveNode(document, node);
  if (schema === undefined || visited.includes(schema)) return false;
  const { type, properties, additionalProperties, enum: values } = schema;
  if (isNode(properties) || Array.isArray(values) || additionalProperties === true || isNode(additionalProperties)) return true;
  if (typeof type === "string") return true;
  return ["allOf", "anyOf", "oneOf"].some((name) => {
    const parts = schema[name];
    return Array.isArray(parts) && parts.some((part) => isTyped(document, part, [...visited, schema]));
  });
}
