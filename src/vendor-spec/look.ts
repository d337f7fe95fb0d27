import { findTarget } from "../codegen/references";
import { asArray, asObject, isObject, type JsonObject } from "./json";
import type { SpecResolver } from "./load";

/** A value in one of the vendor's files. */
export interface Located {
  node: unknown;
  /** Where the file is that references in the value start from. */
  location: string;
}

/** How many references and levels the search for a field follows; it looks, and leaves the errors to the bundler. */
const maxDepth = 8;

/** Looks through references, into other files too, before it is known which operation is wanted. */
export class Looker {
  constructor(private readonly resolver: SpecResolver) {}

  /** Follows references until there is a value; what leads nowhere is an empty object. */
  async follow({ node, location }: Located, depth = 0): Promise<Located> {
    if (!isObject(node) || typeof node.$ref !== "string" || depth > maxDepth) return { node, location };
    const [file = "", pointer = ""] = node.$ref.split("#");
    const document = await this.resolver.resolveDocument(location, file === "" ? location : file).catch(() => undefined);
    if (document === undefined || document instanceof Error) return { node: {}, location };
    const target: unknown = pointer === "" || pointer === "/" ? document.parsed : findTarget(document.parsed, `#${pointer}`);
    return this.follow({ node: target, location: document.source.absoluteRef }, depth + 1);
  }

  /** Finds the names of the properties of a schema, in all its alternatives and up to two levels deep. */
  async findProperties(schema: Located, levels = 2, depth = 0): Promise<Map<string, JsonObject>> {
    const found = new Map<string, JsonObject>();
    const { node, location } = await this.follow(schema);
    if (!isObject(node) || depth > maxDepth) return found;
    for (const [name, value] of Object.entries(asObject(node.properties))) {
      const property = await this.follow({ node: value, location });
      if (!found.has(name)) found.set(name, asObject(property.node));
      if (levels > 1) await this.addAll(found, property, levels - 1, depth);
    }
    for (const part of [node.allOf, node.oneOf, node.anyOf].flatMap(asArray))
      await this.addAll(found, { node: part, location }, levels, depth);
    return found;
  }

  private async addAll(found: Map<string, JsonObject>, schema: Located, levels: number, depth: number): Promise<void> {
    for (const [name, value] of await this.findProperties(schema, levels, depth + 1)) if (!found.has(name)) found.set(name, value);
  }

  /** Finds the properties of the bodies of a request or a response, of all media types. */
  async findBodyProperties(holder: Located): Promise<Map<string, JsonObject>> {
    const { node, location } = await this.follow(holder);
    const found = new Map<string, JsonObject>();
    for (const media of Object.values(asObject(asObject(node).content))) {
      await this.addAll(found, { node: asObject(media).schema, location }, 2, 0);
    }
    return found;
  }
}
