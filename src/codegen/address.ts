import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What stands in front of a contract's paths; a member is undefined if the policy does not say. */
export interface Address {
  prefix: string | undefined;
  host: string | undefined;
}

const plain: Address = { prefix: undefined, host: undefined };

/**
 * Loads `prefix` and `host` of a contract's policy, from the sources. A contract whose folder is not yet there, or does not
 * load, has none: its faults are those of the compiler. Each call reads the file anew.
 * @param name the contract's, or `services/<name>`, which has no address of its own
 */
export async function loadAddress(root: string, name: string): Promise<Address> {
  const file = join(root, "src", "contracts", name, "policy.ts");
  if (name.startsWith("services/") || !existsSync(file)) return plain;
  const { tsImport } = await import("tsx/esm/api");
  try {
    const loaded = (await tsImport(pathToFileURL(file).href, pathToFileURL(`${root}/`).href)) as unknown;
    const { prefix, host } = findPolicy(loaded);
    return { prefix: readText(prefix), host: readText(host) };
  } catch {
    return plain;
  }
}

/** The sources are CommonJS, whose exports may stand below `default`. */
function findPolicy(loaded: unknown): Record<string, unknown> {
  const { policy, default: whole } = loaded as { policy?: unknown; default?: { policy?: unknown } };
  return (policy ?? whole?.policy ?? {}) as Record<string, unknown>;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** @returns whether requests tell two contracts apart by their addresses */
export function differ(one: Address, other: Address): boolean {
  return one.prefix !== other.prefix || one.host !== other.host;
}
