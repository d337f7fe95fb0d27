import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isHttpMethod, parseSpecText } from "../codegen";

/** A contract of a project, as its files say. */
export interface ListedContract {
  name: string;
  /** Method and path of each operation, with the prefix. */
  operations: string[];
  host: string | undefined;
  grants: string[];
  methods: string[];
  /** The spec, from the folder of the project. */
  file: string;
}

/**
 * Lists the contracts of a project. It reads the texts of the files, so it works before a build, and in a project that does not
 * compile. What the environment sets for a running server does not show.
 */
export function listContracts(root: string): ListedContract[] {
  return listSpecs(join(root, "openapi")).map((name) => {
    const policy = readText(join(root, "src", "contracts", name, "policy.ts"));
    const prefix = findText(policy, "prefix") ?? "";
    return {
      name,
      operations: readOperations(join(root, "openapi", `${name}.yaml`)).map(({ method, path }) => `${method} ${prefix}${path}`),
      host: findText(policy, "host"),
      grants: findTexts(policy, "grants"),
      methods: findTexts(policy, "authMethods"),
      file: `openapi/${name}.yaml`,
    };
  });
}

/** The operations of all contracts and services of a project that requests reach without a prefix or a host. */
export function listTakenAddresses(root: string): { name: string; operation: string }[] {
  const contracts = listContracts(root).filter(({ host }) => host === undefined);
  const services = listSpecs(join(root, "openapi", "services")).map((name) => ({
    name,
    operations: readOperations(join(root, "openapi", "services", `${name}.yaml`)).map(({ method, path }) => `${method} ${path}`),
  }));
  return [...contracts, ...services].flatMap(({ name, operations }) => operations.map((operation) => ({ name, operation })));
}

function listSpecs(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return files.map((file) => file.slice(0, -".yaml".length)).sort();
}

function readOperations(file: string): { method: string; path: string }[] {
  const { document } = parseSpecText(readText(file));
  const { paths = {} } = (document ?? {}) as { paths?: Record<string, object | null> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item ?? {})
      .filter(isHttpMethod)
      .map((method) => ({ method: method.toUpperCase(), path })),
  );
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Finds the value of a member that is a text: `prefix: "/vendor"`. */
function findText(policy: string, name: string): string | undefined {
  const [, text] = policy.split(`\n  ${name}: "`);
  return text?.slice(0, text.indexOf('"'));
}

/** Finds the texts of a member that is a list: `grants: ["client_credentials"]`. */
function findTexts(policy: string, name: string): string[] {
  const [, text = ""] = policy.split(`\n  ${name}: [`);
  return [...text.slice(0, text.indexOf("]")).matchAll(/"([^"]*)"/g)].map(([, value = ""]) => value);
}
