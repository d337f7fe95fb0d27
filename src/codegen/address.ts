import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where a contract answers, beside its paths, as its policy says. */
export interface Address {
  /** Empty for none. */
  prefix: string;
  /** In lower case; undefined for every host. */
  host: string | undefined;
}

const plain: Address = { prefix: "", host: undefined };

/**
 * Loads `prefix` and `host` of a contract's policy, from the sources. A contract whose folder is not yet there, or does not
 * load, has none: its faults are those of the compiler. Each call reads the file anew.
 * @param name the contract's, or `services/<name>`, which has no address of its own
 */
export async function loadAddress(root: string, name: string): Promise<Address> {
  const loaded = await loadSource(root, name, "policy.ts");
  const { prefix, host } = findMember(loaded, "policy");
  return {
    prefix: typeof prefix === "string" && prefix !== "/" ? prefix : plain.prefix,
    host: typeof host === "string" && host !== "" && host !== "*" ? host.toLowerCase() : plain.host,
  };
}

/**
 * Loads how a contract's `index.ts` answers each operation that issues no token: by the name of a service's operation, or
 * `left_out`. Empty where it does not load, as for {@link loadAddress}.
 */
export async function loadMapping(root: string, name: string): Promise<ReadonlyMap<string, string>> {
  const operations = findMember(await loadSource(root, name, "index.ts"), "operations");
  return new Map(Object.entries(operations).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

async function loadSource(root: string, name: string, source: string): Promise<unknown> {
  const file = join(root, "src", "contracts", name, source);
  if (name.startsWith("services/") || !existsSync(file)) return undefined;
  const { tsImport } = await import("tsx/esm/api");
  try {
    return await tsImport(pathToFileURL(file).href, pathToFileURL(`${root}/`).href);
  } catch {
    return undefined;
  }
}

/** Finds an export, or a member of the default one. The sources are CommonJS, whose exports may stand below `default` once more. */
function findMember(loaded: unknown, name: string): Record<string, unknown> {
  let level = loaded;
  for (let depth = 0; depth < 3 && typeof level === "object" && level !== null; depth += 1) {
    const { [name]: found, default: deeper } = level as Record<string, unknown>;
    if (typeof found === "object" && found !== null) return found as Record<string, unknown>;
    level = deeper;
  }
  return {};
}
