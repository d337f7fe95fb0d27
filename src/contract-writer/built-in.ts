import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isHttpMethod } from "../codegen";

/** What has operations: a contract or a service. */
export interface OwnerOfOperations {
  name: string;
  /** Method and path of each. */
  operations: string[];
}

const folder = join(__dirname, "..", "..", "generated");

/** Lists the contracts that this server has beside those of any project, and so at the same addresses. */
export function listBuiltInContracts(): OwnerOfOperations[] {
  return readGenerated(folder);
}

/** Lists the services of this server, which have addresses too. */
export function listBuiltInServices(): OwnerOfOperations[] {
  return readGenerated(join(folder, "services"));
}

function readGenerated(from: string): OwnerOfOperations[] {
  const names = readdirSync(from).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []));
  return names.sort().map((name) => ({ name, operations: listOperations(JSON.parse(readFileSync(join(from, `${name}.json`), "utf8"))) }));
}

/** @param document of an OpenAPI file */
export function listOperations(document: unknown, prefix = ""): string[] {
  const { paths = {} } = (document ?? {}) as { paths?: Record<string, object | null> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item ?? {})
      .filter(isHttpMethod)
      .map((method) => `${method.toUpperCase()} ${prefix}${path}`),
  );
}
