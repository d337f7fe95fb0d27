import type { Spec } from "./api";
import { resolveRef } from "./inline-refs";
import { parseTemplate, type PathTemplate } from "./path-template";

/** Lower-case, as OpenAPI names them. */
const methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"] as const;

/** What must be known of an operation to mount it. */
export interface MountableOperation {
  id: string;
  path: string;
  /** Undefined for a path without parameters. */
  template: PathTemplate | undefined;
  method: (typeof methods)[number];
  /** The only media type that its body may have; undefined for an operation without a body. */
  mediaType: string | undefined;
  /** Lower-case names of the headers that it declares for requests, among them those with an API key. */
  requestHeaders: readonly string[];
  /** Lower-case names of the headers that it declares for any of its answers. */
  answerHeaders: readonly string[];
  /** The parameters that its query may have, and the members of its body. */
  declared: { query: ReadonlySet<string>; body: ReadonlyMap<string, DeclaredMembers> };
  /**
   * Whether the spec declares 406, by itself or as `4XX`: the answer to a caller that does not accept JSON. A `default` does not
   * count, because it only gives a shape to statuses that a contract has no word for, and this one need not be used (RFC 9110 §12.4.1).
   */
  declaresNotAcceptable: boolean;
}

/** The members that an object may have, each with its own. For an array, the members of its items. */
export interface DeclaredMembers {
  has(name: string): boolean;
  get(name: string): DeclaredMembers | undefined;
}

interface SchemaObject {
  $ref?: string;
  properties?: Readonly<Record<string, SchemaObject>>;
  items?: SchemaObject;
  allOf?: readonly SchemaObject[];
  anyOf?: readonly SchemaObject[];
  oneOf?: readonly SchemaObject[];
}

type Parameters = readonly { in: string; name: string }[];

interface OperationObject {
  operationId: string;
  requestBody?: { content: Record<string, { schema?: SchemaObject }> };
  parameters?: Parameters;
  responses: Record<string, { headers?: Readonly<Record<string, unknown>> }>;
}

interface SecurityScheme {
  type?: string;
  in?: string;
  name?: string;
}

/** An object of a spec, or a reference to one. */
type Node = Readonly<{ $ref?: string }>;

/** `parameters` are those of every operation of the path. */
type PathItem = Partial<Record<(typeof methods)[number], OperationObject>> & { parameters?: Parameters };

const listed = new WeakMap<Spec, readonly MountableOperation[]>();

/**
 * Lists a spec's operations; codegen has made sure that each has an id and at most one request media type. The list is made
 * once for each spec, and follows only the references that it needs: both would take as long as the rest of a server's start.
 */
export function listOperations(spec: Spec): readonly MountableOperation[] {
  const known = listed.get(spec) ?? readOperations(spec);
  listed.set(spec, known);
  return known;
}

function readOperations(spec: Spec): MountableOperation[] {
  const keyHeaders = listKeyHeaders(spec);
  const follow = <Target>(node: Target & Node): Target =>
    node.$ref === undefined ? node : follow(resolveRef(spec, node.$ref) as Target & Node);
  return Object.entries(spec.paths).flatMap(([path, written]: [string, PathItem]) => {
    const item = follow(written);
    return methods.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const [[mediaType, media] = []] = Object.entries(operation.requestBody === undefined ? {} : follow(operation.requestBody).content);
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(follow);
      const namesIn = (place: string): string[] => parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
      const answerHeaders = Object.values(operation.responses).flatMap((answer) => Object.keys(follow(answer).headers ?? {}));
      return {
        id: operation.operationId,
        path,
        template: parseTemplate(path),
        method,
        mediaType,
        requestHeaders: toHeaderNames([...namesIn("header"), ...keyHeaders]),
        answerHeaders: toHeaderNames(answerHeaders),
        declared: { query: new Set(namesIn("query")), body: listMembers(spec, media?.schema) },
        declaresNotAcceptable: ["406", "4XX"].some((status) => status in operation.responses),
      };
    });
  });
}

function toHeaderNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

/** A security scheme with a key in a header need not be repeated as a parameter (OpenAPI 3.0.3, Security Scheme Object). */
function listKeyHeaders(spec: Spec & { components?: { securitySchemes?: Readonly<Record<string, SecurityScheme>> } }): string[] {
  const schemes = Object.values(spec.components?.securitySchemes ?? {});
  return schemes.flatMap(({ type, in: place, name }) => (type === "apiKey" && place === "header" && name !== undefined ? [name] : []));
}

/** @param visited the references that led here: a recursive schema ends where it would begin again */
function listMembers(spec: Spec, schema: SchemaObject = {}, visited: readonly string[] = []): Map<string, DeclaredMembers> {
  const { $ref, properties = {}, items, allOf = [], anyOf = [], oneOf = [] } = schema;
  if ($ref !== undefined)
    return visited.includes($ref)
      ? new Map<string, DeclaredMembers>()
      : listMembers(spec, resolveRef(spec, $ref) as SchemaObject, [...visited, $ref]);
  const own = Object.entries(properties).map(([name, member]) => [name, listMembers(spec, member, visited)] as const);
  const parts = [...(items === undefined ? [] : [items]), ...allOf, ...anyOf, ...oneOf];
  return new Map([...own, ...parts.flatMap((part) => [...listMembers(spec, part, visited)])]);
}
