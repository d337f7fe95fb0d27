/** The rules for OpenAPI files that make the generated types and validators exact. */

interface SpecMedia {
  content?: Record<string, unknown>;
}

interface SpecOperation {
  operationId?: unknown;
  requestBody?: SpecMedia;
  responses?: Record<string, unknown>;
}

interface OpenApiDocument {
  openapi?: unknown;
  servers?: { url?: unknown }[];
  paths?: Record<string, Record<string, SpecOperation | null> | null> | null;
}

const methods = new Set(["get", "put", "post", "delete", "patch", "head", "options", "trace"]);

/**
 * Finds faults that would generate types that accept anything, or a validator that checks nothing.
 * @returns a sentence per fault that names its place; empty for a document without faults
 */
export function findFaults(document: unknown): string[] {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return ["is not an OpenAPI document"];
  const { openapi, servers } = document as OpenApiDocument;
  const operations = listOperations(document);
  return [
    ...(typeof openapi === "string" && openapi.startsWith("3.0.") ? [] : ["openapi: must be a 3.0.x version"]),
    ...(servers?.length === 1 && servers[0]?.url === "/" ? [] : ["servers: must be exactly one, with url /"]),
    ...(operations.length > 0 ? [] : ["paths: there is no operation"]),
    ...operations.flatMap(({ where, operation }) => findOperationFaults(where, operation)),
    ...findRepeated(operations.map(({ operation }) => String(operation.operationId))).map((id) => `operationId ${id} is used twice`),
    ...operations.filter(({ path }) => path.includes("{")).map(({ path }) => `${path}: path parameters are not mounted`),
    ...findForeignReferences(document, "#"),
  ];
}

interface LocatedOperation {
  path: string;
  /** Method and path, for sentences. */
  where: string;
  operation: SpecOperation;
}

/** Lists the operations of a document. */
export function listOperations(document: unknown): LocatedOperation[] {
  const { paths } = document as OpenApiDocument;
  return Object.entries(paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {})
      .filter(([method]) => methods.has(method))
      .map(([method, operation]) => ({ path, where: `${method.toUpperCase()} ${path}`, operation: operation ?? {} })),
  );
}

function findOperationFaults(where: string, { operationId, requestBody, responses }: SpecOperation): string[] {
  const faults: string[] = [];
  if (typeof operationId !== "string" || !/^[a-z][A-Za-z0-9]*$/.test(operationId)) {
    faults.push(`${where}: has no operationId in camelCase; without one it would vanish from the generated operations`);
  }
  if (requestBody !== undefined && Object.keys(requestBody.content ?? {}).length !== 1) {
    faults.push(`${where}: a request body must have exactly one media type`);
  }
  for (const status of Object.keys(responses ?? {})) {
    if (!/^([1-5]\d\d|default)$/.test(status)) faults.push(`${where}: response ${status} is a range; ranges vanish from the typed replies`);
  }
  if (!Object.keys(responses ?? {}).some((status) => status.startsWith("2"))) faults.push(`${where}: declares no success`);
  return faults;
}

function findForeignReferences(node: unknown, at: string): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === "$ref" && typeof value === "string" && !value.startsWith("#/")
      ? [`${at}: $ref ${value} leaves the file; a contract is one self-contained file`]
      : findForeignReferences(value, `${at}/${key}`),
  );
}

/** Finds the values that occur more than once. */
export function findRepeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
