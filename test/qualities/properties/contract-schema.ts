/** Reads from the specs what the token requests of the contracts look like whose good values are known. */
import { wiring } from "../../../generated/wiring";
import { tokenPaths } from "../../harness/token-requests";

/** The part of JSON Schema that these requests use. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  enum?: readonly string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  properties?: Readonly<Record<string, JsonSchema>>;
}

interface Parameter {
  name: string;
  in: "header" | "query";
  schema: JsonSchema;
}

interface SpecOperation {
  parameters?: readonly Parameter[];
  requestBody?: { content: Readonly<Record<string, { schema: JsonSchema }>> };
}

/** The token request of a spec. */
export interface TokenRequestSchema {
  contract: string;
  path: string;
  headers: Readonly<Record<string, JsonSchema>>;
  query: Readonly<Record<string, JsonSchema>>;
  /** Undefined where the body must be empty. */
  body: { mediaType: string; schema: JsonSchema } | undefined;
}

/** Reads these token requests, with every reference resolved. */
export function readTokenRequestSchemas(): TokenRequestSchema[] {
  const known = wiring.filter(({ name }) => name in tokenPaths);
  return known.map(({ name, spec }) => {
    const [[path, { post }] = failWithoutPath(name)] = Object.entries(spec.paths as Record<string, { post: SpecOperation }>);
    const { parameters = [], requestBody } = resolveReferences(spec, post);
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

function schemasOf(parameters: readonly Parameter[], place: Parameter["in"]): Record<string, JsonSchema> {
  return Object.fromEntries(parameters.filter((one) => one.in === place).map(({ name, schema }) => [name, schema]));
}

/** This ends because no schema contains itself. */
function resolveReferences<Node>(spec: object, node: Node): Node {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((each: unknown) => resolveReferences(spec, each)) as Node;
  const { $ref } = node as JsonSchema;
  if ($ref !== undefined) {
    const target = $ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], spec);
    return resolveReferences(spec, target) as Node;
  }
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, resolveReferences(spec, value as unknown)])) as Node;
}

function failWithoutPath(name: string): never {
  throw new Error(`${name} has no path`);
}
