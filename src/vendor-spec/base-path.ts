import { VendorSpecError } from "./errors";
import { asArray, asObject, asText, cutQuery, type JsonObject } from "./json";

/** Finds the path of the server that serves an operation: the nearest `servers` counts, and of them the first. */
export function findBasePath(...holders: readonly JsonObject[]): string {
  const server = holders.map(({ servers }) => asObject(asArray(servers)[0])).find(({ url }) => asText(url) !== undefined);
  const url = asText(server?.url);
  if (server === undefined || url === undefined) return "";
  const variables = asObject(server.variables);
  const filled = url.replace(/\{([^{}]*)\}/g, (_, name: string) => asText(asObject(variables[name]).default) ?? "");
  const path = cutQuery(filled)
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "")
    .replace(/^\/\/[^/]*/, "");
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== "." && segment !== "..");
  return segments.map((segment) => `/${segment}`).join("");
}

/** Makes the names of path parameters such as Express reads: `{tenant-id}` is `{tenant_id}`. */
export function renamePathParameters(path: string): { path: string; renamed: Map<string, string> } {
  const renamed = new Map<string, string>();
  const own = path.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const plain = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
    renamed.set(name, plain);
    return `{${plain}}`;
  });
  return { path: own, renamed };
}

/**
 * Checks a path against what Express reads otherwise than OpenAPI.
 * @throws VendorSpecError naming the character
 */
export function checkPath(file: string, path: string): void {
  const bare = path.replace(/\{[A-Za-z_][A-Za-z0-9_]*\}/g, "");
  const reserved = /[:*?+()[\]{}!\\\s#"<>^`|]/.exec(bare)?.[0];
  if (reserved === undefined && path.startsWith("/")) return;
  const what =
    reserved === undefined ? "does not start with a slash" : `has the character ${reserved}, which the server's router reads as a pattern`;
  throw new VendorSpecError(`${file}: paths: ${path} ${what}; change the path in a copy of the file`);
}
