import { wiring } from "../../../generated/wiring";

/** As much of JSON Schema as the five requests use. */
export interface Schema {
  $ref?: string;
  type?: string;
  enum?: readonly string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  properties?: Readonly<Record<string, Schema>>;
}

interface Parameter {
  name: string;
  in: "header" | "query";
  schema: Schema;
}

interface Operation {
  parameters?: readonly Parameter[];
  requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
}

/** What a spec says of its token request. */
export interface TokenRequest {
  contract: string;
  path: string;
  headers: Readonly<Record<string, Schema>>;
  query: Readonly<Record<string, Schema>>;
  /** Undefined where the body must be empty. */
  body: { mediaType: string; schema: Schema } | undefined;
}

/** The requests of the five contracts, with every reference in them resolved. */
export function tokenRequests(): TokenRequest[] {
  return wiring.map(({ name, spec }) => {
    const [[path, { post }] = missing(name)] = Object.entries(spec.paths as Record<string, { post: Operation }>);
    const { parameters = [], requestBody } = resolved(spec, post);
    const [[mediaType, { schema }] = ["", { schema: {} }]] = Object.entries(requestBody?.content ?? {});
    return {
      contract: name,
      path,
      headers: schemasOf(parameters, "header"),
      query: schemasOf(parameters, "query"),
      body: requestBody === undefined ? undefined : { mediaType, schema },
    };
  });
}

function schemasOf(parameters: readonly Parameter[], place: Parameter["in"]): Record<string, Schema> {
  return Object.fromEntries(parameters.filter((one) => one.in === place).map(({ name, schema }) => [name, schema]));
}

/** None of the requests contains itself, so this ends. */
function resolved<Node>(spec: object, node: Node): Node {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((each: unknown) => resolved(spec, each)) as Node;
  const { $ref } = node as Schema;
  if ($ref !== undefined) {
    const target = $ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], spec);
    return resolved(spec, target) as Node;
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, resolved(spec, value as unknown)])) as Node;
}

function missing(name: string): never {
  throw new Error(`${name} has no path`);
}
