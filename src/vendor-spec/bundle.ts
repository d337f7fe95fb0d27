import { relative } from "node:path";
import { bundle, createConfig, getLineColLocation, Source } from "@redocly/openapi-core";
import { VendorSpecError } from "./errors";
import { asObject, escapeKey, isObject, type JsonObject } from "./json";
import { isUrl, type LoadedSpec } from "./load";

/** An operation in the vendor's file: a key of `paths`, and a method in lower case. */
export interface OperationPlace {
  path: string;
  method: string;
}

/** What the chosen operations reach, in one document with local references. */
export interface Bundled {
  operations: { place: OperationPlace; item: JsonObject; operation: JsonObject }[];
  components: JsonObject;
}

/**
 * Bundles some operations and what they refer to, in other files too. The bundler starts at a document of its own that
 * refers to these operations alone, so that it never reads what they do not reach: specs of 10 MB are cut in a moment.
 * @throws VendorSpecError for references that lead nowhere, with file and line
 */
export async function bundleOperations(spec: LoadedSpec, places: readonly OperationPlace[]): Promise<Bundled> {
  const paths = asObject(spec.root.paths);
  const items: JsonObject = {};
  const pruned: JsonObject = {};
  for (const { path, method } of places) {
    const item = asObject(paths[path]);
    const operation = asObject(item[method]);
    pruned[path] = {
      ...dropNoise(item, [method, "parameters", "servers", "$ref"]),
      ...(isObject(item[method]) && { [method]: dropNoise(operation) }),
    };
    items[path] = { $ref: `${spec.location}#/paths/${escapeKey(path)}` };
  }
  const root = { ...spec.root, paths: { ...paths, ...pruned } };
  spec.resolver.cache.set(spec.location, Promise.resolve({ source: spec.source, parsed: root }));
  const openapi = String(spec.root.openapi).startsWith("3.0") ? "3.0.3" : "3.1.0";
  const entry = { source: new Source(`${spec.location}.entry`, ""), parsed: { openapi, info: {}, paths: items } };
  const config = await createConfig({});
  const result = await bundle({ doc: entry, config, externalRefResolver: spec.resolver }).catch((error: unknown) => {
    throw new VendorSpecError(`${spec.name}: the references cannot be followed: ${error instanceof Error ? error.message : String(error)}`);
  });
  reportProblems(result.problems);
  const document = asObject(result.bundle.parsed);
  return {
    components: asObject(document.components),
    operations: places.map((place) => {
      const item = asObject(asObject(document.paths)[place.path]);
      return { place, item, operation: asObject(item[place.method]) };
    }),
  };
}

/** Extensions and examples may refer to files that a vendor does not publish; links and callbacks are not served. */
function dropNoise(node: JsonObject, only?: readonly string[]): JsonObject {
  const kept = Object.entries(node).filter(([key]) => (only ? only.includes(key) : !key.startsWith("x-") && key !== "callbacks"));
  return Object.fromEntries(kept);
}

type Problem = Awaited<ReturnType<typeof bundle>>["problems"][number];

function reportProblems(problems: readonly Problem[]): void {
  const faults = problems.filter(({ severity, location }) => severity === "error" && !location.some(({ pointer }) => isUnused(pointer)));
  if (faults.length === 0) return;
  const lines = faults.map((problem) => {
    const [location] = problem.location;
    const message = problem.message.replace("Can't resolve $ref", "this reference leads nowhere");
    if (location === undefined) return message;
    const { start } = getLineColLocation(location);
    const { absoluteRef } = location.source;
    const file = isUrl(absoluteRef) ? absoluteRef : relative(process.cwd(), absoluteRef);
    const text = location.source.getLines()[start.line - 1]?.trim().slice(0, 120) ?? "";
    return `${file}:${start.line}: ${message}: ${text}`;
  });
  throw new VendorSpecError([...new Set(lines)].join("\n"));
}

function isUnused(pointer: string | undefined): boolean {
  return (
    pointer !== undefined &&
    /(?<!\/properties)\/(?:examples?|links|callbacks|description|summary|externalDocs|x-[^/]*)(?:\/|$)/.test(pointer)
  );
}
