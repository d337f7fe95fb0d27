import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findNameFault } from "./name-rules";
import { findFaults } from "./spec-rules";
import { type Pointer, type Position, parseSpecText } from "./spec-text";

/** A spec without faults of its own. */
export interface SpecFile {
  /** The contract's name, or `services/<name>`. */
  name: string;
  document: Record<string, unknown>;
  /** @returns `openapi/<name>.yaml:<line>:<column>` */
  describePlace: (pointer: Pointer) => string;
}

/** @returns whether a spec is one of the server's own services, and not a contract */
export function isService({ name }: SpecFile): boolean {
  return name.startsWith("services/");
}

/** What is in `openapi/`, and a sentence with its place for every fault. */
interface SpecFiles {
  contracts: readonly string[];
  services: readonly string[];
  files: readonly SpecFile[];
  faults: readonly string[];
}

/** Codegen found faults. The message has a line for each, with file, line, column and cure. */
export class SpecFaults extends Error {
  override readonly name = "SpecFaults";

  constructor(readonly faults: readonly string[]) {
    super(faults.join("\n"));
  }
}

/**
 * Reads every spec of a project.
 * @param root the folder that has `openapi/`
 * @param servesItself whether this is Polymint's own checkout; only that has services
 */
export function readSpecFiles(root: string, servesItself: boolean): SpecFiles {
  const folder = join(root, "openapi");
  if (!existsSync(folder))
    throw new SpecFaults([`${folder} does not exist; \`polymint contract add\` makes it, or --root names another folder`]);
  const faults: string[] = [];
  const contracts = listSpecNames(root, "", faults);
  const services = listSpecNames(root, "services/", faults);
  if (!servesItself && services.length > 0)
    faults.push("openapi/services: services are the server's own; move the files to openapi/, each as a contract");
  for (const name of contracts) {
    const fault = findNameFault(name, { root, services });
    if (fault !== undefined) faults.push(`openapi/${name}.yaml: ${fault}`);
  }
  const files: SpecFile[] = [];
  for (const name of [...contracts, ...services.map((service) => `services/${service}`)]) {
    const read = readSpecFile(root, name);
    if ("faults" in read) faults.push(...read.faults);
    else files.push(read);
  }
  return { contracts, services, files, faults };
}

function listSpecNames(root: string, below: string, faults: string[]): string[] {
  const folder = join(root, "openapi", below);
  if (!existsSync(folder)) return [];
  const names: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const { name } = entry;
    const plain = name.replace(/\.(?:ya?ml|json)$/i, "");
    if (entry.isDirectory() && !name.endsWith(".yaml")) {
      if (below !== "" || name !== "services")
        faults.push(`openapi/${below}${name}: is a folder, which is not read; move its files to openapi/`);
    } else if (name.endsWith(".yaml")) names.push(plain);
    else if (plain !== name && !name.startsWith(".")) {
      const how = /\.json$/i.test(name) ? "; JSON is YAML too" : "";
      faults.push(`openapi/${below}${name}: is not read because of its ending; rename it to ${plain}.yaml${how}`);
    }
  }
  return names.sort();
}

type ReadSpec = SpecFile | { faults: string[] };

/** What each file was when it was read last: most are the same when one of them changes under a watch, or a contract is added. */
const lastRead = new Map<string, { text: string; spec: ReadSpec }>();

function readSpecFile(root: string, name: string): ReadSpec {
  const path = `openapi/${name}.yaml`;
  let text: string;
  try {
    text = readFileSync(join(root, path), "utf8");
  } catch (error) {
    return { faults: [`${path}: cannot be read: ${(error as Error).message}`] };
  }
  const last = lastRead.get(join(root, path));
  if (last?.text === text) return last.spec;
  const spec = parseSpecFile(name, path, text);
  lastRead.set(join(root, path), { text, spec });
  return spec;
}

function parseSpecFile(name: string, path: string, text: string): ReadSpec {
  const { document, problems, locate } = parseSpecText(text);
  const place = ({ line, column }: Position) => `${path}:${line}:${column}`;
  const describePlace = (pointer: Pointer) => place(locate(pointer));
  if (problems.length > 0) return { faults: problems.map(({ position, message }) => `${place(position)}: ${message}`) };
  const faults = findFaults(document);
  if (faults.length > 0) return { faults: faults.map(({ pointer, message }) => `${describePlace(pointer)}: ${message}`) };
  return { name, document: document as Record<string, unknown>, describePlace };
}
