import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSpecText } from "../codegen";
import { listBuiltInContracts, listBuiltInServices, listOperations, type OwnerOfOperations } from "./built-in";
import type { WriterProject } from "./project";

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

/** Addresses that are configured, by the contract's name, and come before those of the policies. */
interface ConfiguredAddresses {
  /** `/` for none. */
  prefixes: ReadonlyMap<string, string>;
  /** `*` for every host. */
  hosts: ReadonlyMap<string, string>;
}

const noAddresses: ConfiguredAddresses = { prefixes: new Map(), hosts: new Map() };

/**
 * Lists the contracts of a project. It reads the texts of the files, so it works before a build, and in a project that does not
 * compile.
 * @param configured what the environment sets for a server
 */
export function listContracts(root: string, configured = noAddresses): ListedContract[] {
  return listSpecs(join(root, "openapi")).map((name) => {
    const policy = readText(join(root, "src", "contracts", name, "policy.ts"));
    const prefix = configured.prefixes.get(name) ?? findText(policy, "prefix") ?? "/";
    const host = configured.hosts.get(name) ?? findText(policy, "host") ?? "*";
    return {
      name,
      operations: readOperations(join(root, "openapi", `${name}.yaml`), prefix === "/" ? "" : prefix),
      host: host === "*" ? undefined : host,
      grants: findTexts(policy, "grants"),
      methods: findTexts(policy, "authMethods"),
      file: `openapi/${name}.yaml`,
    };
  });
}

/** The operations of all contracts and services beside a new one that requests reach without a prefix or a host. */
export function listTakenAddresses({ root, isCheckout }: WriterProject): { name: string; operation: string }[] {
  const contracts = listContracts(root).filter(({ host }) => host === undefined);
  const taken = [...contracts, ...listOwnServices(root), ...(isCheckout ? [] : [...listBuiltInContracts(), ...listBuiltInServices()])];
  return taken.flatMap(({ name, operations }) => operations.map((operation) => ({ name, operation })));
}

function listOwnServices(root: string): OwnerOfOperations[] {
  return listSpecs(join(root, "openapi", "services")).map((name) => ({
    name,
    operations: readOperations(join(root, "openapi", "services", `${name}.yaml`)),
  }));
}

function listSpecs(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return files.map((file) => file.slice(0, -".yaml".length)).sort();
}

function readOperations(file: string, prefix = ""): string[] {
  return listOperations(parseSpecText(readText(file)).document, prefix);
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
