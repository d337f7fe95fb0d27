import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import { parse, YAMLParseError } from "yaml";
import { findClashes } from "./shared-names";
import { findFaults } from "./spec-rules";

const banner = "// Generated from openapi/ by `make codegen`. Do not edit.\n";

/** Contents of the generated files by their path below the folder. */
export type GeneratedFiles = Map<string, string>;

/**
 * Generates everything that is derived from the specs: types, the specs as data, and the wiring that makes the compiler
 * require a folder per contract. The result depends only on the files, so the same files give the same bytes.
 * @throws Error naming every fault of every spec
 */
export async function generate(specFolder: string): Promise<GeneratedFiles> {
  const contracts = listSpecNames(specFolder);
  const services = listSpecNames(join(specFolder, "services")).map((name) => `services/${name}`);
  const documents = new Map<string, unknown>();
  const faults: string[] = [];
  for (const name of [...contracts, ...services]) {
    const { document, faults: own } = readSpec(join(specFolder, `${name}.yaml`));
    documents.set(name, document);
    faults.push(...own.map((fault) => `openapi/${name}.yaml: ${fault}`));
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const clashes = findClashes(documents);
  if (clashes.length > 0) throw new Error(clashes.map((clash) => `openapi/: ${clash}`).join("\n"));

  const generated: GeneratedFiles = new Map();
  for (const [name, document] of documents) {
    const types = await openapiTS(pathToFileURL(join(specFolder, `${name}.yaml`)));
    generated.set(`${name}.ts`, banner + astToString(types));
    generated.set(`${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
  }
  generated.set("wiring.ts", generateWiring(contracts, services));
  return generated;
}

function readSpec(file: string): { document: unknown; faults: string[] } {
  const text = readFileSync(file, "utf8");
  try {
    const document: unknown = parse(text);
    return { document, faults: findFaults(document) };
  } catch (error) {
    if (error instanceof YAMLParseError) return { document: undefined, faults: [error.message.trim()] };
    throw error;
  }
}

function listSpecNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => basename(file, ".yaml"));
  return names.sort();
}

/** Generates the code by which the compiler checks every contract and every service against the operations of its own spec. */
function generateWiring(contracts: readonly string[], services: readonly string[]): string {
  const folders = [...contracts.map((name) => `contracts/${name}`), ...services];
  const imports = folders.flatMap((folder, index) => {
    const spec = folder.replace(/^contracts\//, "");
    return [
      `import definition${index} from "../src/${folder}";`,
      `import type { operations as Operations${index} } from "./${spec}";`,
      `import spec${index} from "./${spec}.json";`,
    ];
  });
  const wired = contracts.map((name, index) => `  wire<Operations${index}>("${name}", spec${index}, definition${index}),`);
  const served = services.map((path, at) => {
    const index = contracts.length + at;
    const checked = `definition${index} satisfies ServiceDefinition<Operations${index}, never>`;
    return `  wireService("${basename(path)}", spec${index}, ${checked}),`;
  });
  return [
    `${banner}import { wire } from "../src/contracts/wire";`,
    'import { type ServiceDefinition, wireService } from "../src/services/service";',
    ...imports,
    "",
    "export const wiring = [",
    ...wired,
    "];",
    "",
    "export const services = [",
    ...served,
    "] as const;",
    "",
  ].join("\n");
}
