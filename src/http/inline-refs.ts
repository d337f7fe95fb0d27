import type { Spec } from "./api";

type SpecNode = Readonly<Record<string, unknown>>;

/**
 * Copies a spec with the target of every reference in its place. The validator would compile each referenced schema in each
 * of its compilers, which takes most of a server's start.
 * A recursive schema keeps its reference to itself. A schema with a discriminator keeps all its references, because the
 * discriminator selects by their names (OpenAPI 3.0.3, Discriminator Object). In both cases the spec keeps its components.
 */
export function inlineRefs<Whole extends Spec>(spec: Whole): Whole {
  const kept = new Set<unknown>();
  const copy = (value: unknown, visited: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((each) => copy(each, visited));
    if (!isNode(value)) return value;
    const { $ref } = value;
    if ("discriminator" in value) {
      kept.add(value);
      return structuredClone(value);
    }
    if (typeof $ref !== "string") return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member, visited)]));
    if (!visited.includes($ref)) return copy(resolveRef(spec, $ref), [...visited, $ref]);
    kept.add(value);
    return { $ref };
  };
  const { components, ...rest } = spec as { components?: unknown };
  const whole = copy(rest, []) as Whole;
  return kept.size === 0 ? whole : { ...whole, components: structuredClone(components) };
}

/**
 * Finds what a reference leads to. Every reference stays in its file: codegen refuses any other.
 * @throws Error if it leads nowhere
 */
export function resolveRef(spec: object, reference: string): unknown {
  const names = reference.slice("#/".length).split("/");
  return names.reduce<unknown>((node, name) => {
    const plain = decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isNode(node) || !(plain in node)) throw new Error(`${reference} leads nowhere`);
    return node[plain];
  }, spec);
}

function isNode(value: unknown): value is SpecNode {
  return typeof value === "object" && value !== null;
}
