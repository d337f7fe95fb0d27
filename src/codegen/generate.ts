import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createConfig } from "@redocly/openapi-core";
import openapiTS, { astToString } from "openapi-typescript";
import { loadAddress } from "./address";
import { findClashes } from "./clashes";
import { dropClientPlans, readClientPlan } from "./clients/plan";
import { type ClientSource, writeClient, writeClientIndex } from "./clients/write-client";
import { dropReferencesInData } from "./references";
import { type SpecFile, SpecFaults, isService, readSpecFiles } from "./spec-files";
import { makeContractCollection, makeServiceCollections, writeCollection } from "./collections";
import { findStructureFaults } from "./structure";
import { type Project, generateWiring, makeBanner } from "./wiring";

/** Contents of the generated files by their path below the folder. */
export type GeneratedFiles = Map<string, string>;

/**
 * Generates everything that is derived from the specs: types, the specs as data, and the wiring that makes the compiler
 * require a folder per contract. The result depends only on the files, so the same files give the same bytes.
 * @param root the folder that has `openapi/`
 * @throws SpecFaults naming every fault of every spec
 */
export async function generate(root: string): Promise<GeneratedFiles> {
  const project = readProject(root);
  const { contracts, services, files, faults } = readSpecFiles(project.root, project.isCheckout);
  const structure = await Promise.all(files.map(findKeptFaults));
  const all = [...faults, ...structure.flat()];
  if (all.length > 0) throw new SpecFaults(all);
  const clashes = await findClashes(project.root, files, project.isCheckout ? [] : readOwnServices());
  if (clashes.length > 0) throw new SpecFaults(clashes);

  const generated: GeneratedFiles = new Map();
  for (const file of files) {
    const { types, json } = await writeSpec(file);
    generated.set(`${file.name}.ts`, makeBanner(project) + types);
    generated.set(`${file.name}.json`, json);
  }
  generated.set("wiring.ts", generateWiring(project, contracts, services));
  const clients = await Promise.all(files.filter((file) => !isService(file)).map((file) => readClientSource(project, file)));
  for (const client of clients) generated.set(`clients/${client.name}.ts`, writeClient(client, project));
  generated.set("clients/index.ts", writeClientIndex(contracts, project));
  const collections = [
    ...clients.flatMap(({ name, plan }) => (plan === undefined ? [] : [makeContractCollection(name, plan)])),
    ...makeServiceCollections(files.filter(isService)),
  ];
  for (const [path, text] of collections.flatMap((collection) => [...writeCollection(collection)]))
    generated.set(`collections/${path}`, text);
  return generated;
}

/** What is made of a spec alone is made once, as long as its file does not change. */
function keep<Made>(make: (file: SpecFile) => Promise<Made>): (file: SpecFile) => Promise<Made> {
  const kept = new WeakMap<SpecFile, Promise<Made>>();
  return (file) => {
    const made = kept.get(file) ?? make(file);
    kept.set(file, made);
    return made;
  };
}

const findKeptFaults = keep(findStructureFaults);

/** One set of data for both, so that types and validator cannot differ. */
const writeSpec = keep(async ({ document }) => {
  const spec = dropClientPlans(dropReferencesInData(document));
  return { types: await generateTypes(spec), json: `${JSON.stringify(spec, null, 2)}\n` };
});

async function readClientSource({ root }: Project, { name, document }: SpecFile): Promise<ClientSource> {
  const { prefix } = await loadAddress(root, name);
  return { name, prefix, plan: readClientPlan(document, prefix) };
}

/** The generator's own check is left out: `findStructureFaults` has done it, and says the line. */
async function generateTypes(document: Record<string, unknown>): Promise<string> {
  const redocly = await createConfig({ rules: {} });
  // The bundler changes what it is given.
  return astToString(await openapiTS(structuredClone(document) as never, { redocly, silent: true }));
}

/**
 * Finds out whether a folder is Polymint's own checkout.
 * @throws Error if its package.json is not JSON, or makes ES modules of the files that are written and generated there
 */
export function readProject(root: string): Project {
  const file = resolve(root, "package.json");
  const { name, type } = existsSync(file) ? readPackageFile(file) : {};
  if (type === "module")
    throw new Error(
      `${file} says "type": "module", and contracts are CommonJS modules; make a folder of their own with a package.json, and name it with --root`,
    );
  return { root: resolve(root), isCheckout: name === "polymint" };
}

function readPackageFile(file: string): { name?: unknown; type?: unknown } {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { name?: unknown };
  } catch (cause) {
    throw new Error(`${file} is not JSON: ${String(cause)}`, { cause });
  }
}

/** The services that the server has beside the contracts of any project: no contract can have one of their paths. */
function readOwnServices(): SpecFile[] {
  const folder = join(__dirname, "..", "..", "generated", "services");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const name = file.slice(0, -".json".length);
      const document = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, unknown>;
      return { name: `services/${name}`, document, describePlace: () => `polymint's own service ${name}` };
    });
}
