import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isNativeError } from "node:util/types";
import { BaseResolver, type Document, parseYaml, ResolveError, Source, YamlParseError } from "@redocly/openapi-core";
import { VendorSpecError } from "./errors";
import { fetchText, fetchTimeoutMs } from "./fetch";
import { isObject, type JsonObject } from "./json";

/** The largest known specs have some 20 MB. */
const maxBytes = 64 * 1024 * 1024;

/** Values in a document with all its YAML aliases written out; a file of 20 MB has about a million. */
const maxValues = 5_000_000;

export interface LoadedSpec {
  /** As the person named it. */
  name: string;
  /** Absolute path or URL, which relative references start from. */
  location: string;
  source: Source;
  root: JsonObject;
  resolver: SpecResolver;
}

/**
 * Reads the vendor's file, and nothing that it refers to.
 * @param source a file, an http(s) URL, or `-`
 * @throws VendorSpecError if it cannot be read, or is not an OpenAPI 3 document
 */
export async function loadSpec(source: string, readStdin: () => Promise<string>): Promise<LoadedSpec> {
  const resolver = new SpecResolver(isUrl(source) && URL.canParse(source) ? new URL(source).hostname : undefined);
  const name = source === "-" ? "the standard input" : source;
  const location = isUrl(source) ? source : resolve(source === "-" ? "stdin.yaml" : source);
  try {
    const read = source === "-" ? new Source(location, await readStdin()) : await resolver.loadExternalRef(location);
    const root = resolver.parseDocument(read, true).parsed as unknown;
    checkVersion(name, root);
    resolver.cache.set(read.absoluteRef, Promise.resolve({ source: read, parsed: root }));
    return { name, location: read.absoluteRef, source: read, root, resolver };
  } catch (error) {
    throw explainFailure(name, error);
  }
}

function explainFailure(name: string, error: unknown): unknown {
  if (error instanceof YamlParseError) {
    if (error.originalError instanceof SpecLimitError) return new VendorSpecError(`${name}: ${error.message}`);
    return new VendorSpecError(`${name}:${error.line || 1}: this is neither YAML nor JSON: ${error.message}`);
  }
  return error instanceof ResolveError ? new VendorSpecError(`${name}: ${error.message}`) : error;
}

/** Narrows a document to an OpenAPI 3 document. @throws VendorSpecError naming the version that it has, and the cure */
function checkVersion(name: string, root: unknown): asserts root is JsonObject {
  if (!isObject(root)) throw new VendorSpecError(`${name}: this is not an OpenAPI document; give an OpenAPI 3.0 or 3.1 file`);
  if (typeof root.openapi === "string" && /^3\.[0-2](?:\.|$)/.test(root.openapi)) return;
  if (root.swagger !== undefined) {
    const cure = "convert it first, for example with `npx swagger2openapi FILE`";
    throw new VendorSpecError(`${name}: Swagger ${JSON.stringify(root.swagger)} is too old; OpenAPI 3.0 or 3.1 is read: ${cure}`);
  }
  if (root.openapi !== undefined)
    throw new VendorSpecError(`${name}: OpenAPI ${JSON.stringify(root.openapi)} is not read; 3.0 and 3.1 are`);
  const other = ["asyncapi", "arazzo", "info"].find((key) => root[key] !== undefined);
  const found =
    other === undefined || other === "info" ? "there is no member `openapi` that says its version" : `this is an ${other} document`;
  throw new VendorSpecError(`${name}: ${found}; give an OpenAPI 3.0 or 3.1 file`);
}

/** A document that could not be walked in reasonable time. */
class SpecLimitError extends Error {}

/** Files that hold a text, such as a description, and no values. */
const textFile = /\.(?:md|markdown|txt|html?)$/i;

/** Loads files for the bundler, with limits: they come from other people. */
export class SpecResolver extends BaseResolver {
  /** @param named the host of the URL that the person gave */
  constructor(private readonly named: string | undefined) {
    super();
  }

  override async loadExternalRef(location: string): Promise<Source> {
    try {
      return isUrl(location) ? await fetchSource(location, this.named) : await readSource(location);
    } catch (error) {
      throw new ResolveError(new Error(describeFailure(error)));
    }
  }

  override parseDocument(source: Source, isRoot = false): Document {
    if (!isRoot && textFile.test(source.absoluteRef)) return { source, parsed: source.body };
    try {
      const parsed: unknown = parseText(source.body);
      return { source, parsed: checkSize(parsed) };
    } catch (error) {
      throw new YamlParseError(isNativeError(error) ? error : new Error(String(error)), source);
    }
  }
}

/** JSON is parsed as such if it is JSON, which is ten times as fast. */
function parseText(text: string): unknown {
  if (/^\uFEFF?\s*\{/.test(text)) {
    try {
      return JSON.parse(text.replace(/^\uFEFF/, ""));
    } catch {
      return parseYaml(text);
    }
  }
  return parseYaml(text);
}

/**
 * Removes keys that would change an object's prototype, and counts the values as if every alias were written out.
 * @throws Error for a document that a few lines of aliases make endless
 */
function checkSize(root: unknown): unknown {
  const sizes = new Map<object, number>();
  const measure = (node: unknown): number => {
    if (typeof node !== "object" || node === null) return 1;
    const known = sizes.get(node);
    if (known === Infinity) throw new SpecLimitError("an alias leads back to a value that holds it");
    if (known !== undefined) return known;
    sizes.set(node, Infinity);
    if (Object.hasOwn(node, "__proto__")) delete (node as JsonObject)["__proto__"];
    const size = Object.values(node).reduce((sum: number, value) => sum + measure(value), 1);
    if (size > maxValues) throw new SpecLimitError(`its aliases make more than ${maxValues} values of it`);
    sizes.set(node, size);
    return size;
  };
  measure(root);
  return root;
}

async function readSource(path: string): Promise<Source> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) throw new Error("only http, https and files are read");
  const file = await stat(path).catch((error: unknown) => {
    // A reference is a URI, in which a space is `%20`; the name of a file is not.
    if (!path.includes("%")) throw error;
    return undefined;
  });
  if (file === undefined) return readSource(decodeURIComponent(path));
  if (file.isDirectory()) throw new Error("this is a folder; name the file");
  if (file.isCharacterDevice() || file.isBlockDevice()) throw new Error("this is a device, which may never end; name a file");
  if (file.size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
  return new Source(path, decodeText(await readFile(path)).replaceAll("\r\n", "\n"));
}

/** YAML may be in UTF-16 too (YAML 1.2.2 §5.2), in which PowerShell 5 writes what is redirected into a file. */
function decodeText(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString("hex");
  return new TextDecoder(mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8").decode(bytes);
}

async function fetchSource(location: string, named: string | undefined): Promise<Source> {
  const { text, url, type } = await fetchText(location, named, maxBytes);
  return new Source(url, text, type);
}

function describeFailure(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if (error.name === "TimeoutError") return `it did not come within ${fetchTimeoutMs / 1000} seconds`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  const cause = isNativeError(error.cause) ? `: ${error.cause.message || String((error.cause as NodeJS.ErrnoException).code)}` : "";
  return `${error.message}${cause}`;
}

/** @returns whether a source is fetched over HTTP; all others are files */
export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}
