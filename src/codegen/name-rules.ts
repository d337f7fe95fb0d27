import { existsSync } from "node:fs";
import { join } from "node:path";

/** Names of files that stand beside a contract's: folders of `openapi/` and `generated/`, `generated/wiring.ts`, an `index.ts`. */
const reserved = ["services", "clients", "collections", "wiring", "index"];

/** Longer names make columns of tables and lists hard to read. */
const longestName = 60;

/**
 * Finds why a contract cannot have a name. It is the name of a file, of a folder, of settings (`HOURS_<NAME>`), and of the
 * contract in the database.
 * @param project its folder, and the names of the services beside the contracts
 * @returns what is wrong and the cure; undefined for a good name
 */
export function findNameFault(name: string, { root, services }: { root: string; services: readonly string[] }): string | undefined {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > longestName)
    return `the contract cannot be called ${name}; rename the file to small letters, digits and hyphens, such as ${toKebabCase(name) || "contract"}.yaml`;
  if (reserved.includes(name) || existsSync(join(root, "src", "contracts", `${name}.ts`)))
    return `the name ${name} is taken by a file of the server; rename the contract, such as ${name}-token.yaml`;
  if (services.includes(name)) return `a service is called ${name} too; rename the contract, such as ${name}-token.yaml`;
  return undefined;
}

/** Makes a name that a contract can have from any text, such as `acme-bank` from `AcmeBank`; empty for a text without letters. */
export function toKebabCase(text: string): string {
  const words = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return (words ?? [])
    .join("-")
    .replace(/^[^a-z]+/, "")
    .slice(0, longestName)
    .replace(/-$/, "");
}

/** Makes the name of a type from any text: `big-bank` and `bigBank` are `BigBank`. */
export function toPascalCase(text: string): string {
  const words = text.replace(/([a-z0-9])([A-Z])/g, "$1 $2").match(/[A-Za-z0-9]+/g);
  return (words ?? []).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
