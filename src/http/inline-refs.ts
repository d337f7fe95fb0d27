import type { Spec } from "./api";

type SpecNode = Readonly<Record<string, unknown>>;

/**
 * A copy of a spec with what every reference leads to in its place. The validator compiles whatever it is referred to only
 * to find it, in each of its compilers, which is most of a server's start.
 * A schema that leads back to itself keeps that reference, and one with a discriminator all of its own, which name what it
 * tells apart (OpenAPI 3.0.3, Discriminator Object); then the spec keeps its components too.
 */
export function inlineRefs<Whole extends Spec>(spec: Whole): Whole {
  const kept = new Set<unknown>();
  const copy = (value: unknown, way: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((each) => copy(each, way));
    if (!isNode(value)) return value;
    const { $ref } = value;
    if ("discriminator" in value) {
      kept.add(value);
      return structuredClone(value);
    }
    if (typeof $ref !== "string") return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member, way)]));
    if (!way.includes($ref)) return copy(resolveRef(spec, $ref), [...way, $ref]);
    kept.add(value);
    return { $ref };
  };
  const { components, ...rest } = spec as { components?: unknown };
  const whole = copy(rest, []) as Whole;
  return kept.size === 0 ? whole : { ...whole, components: structuredClone(components) };
}

/** Codegen takes no reference that leaves its file. */
function resolveRef(spec: object, reference: string): unknown {
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
