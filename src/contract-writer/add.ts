import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { updateGenerated } from "../codegen";
import { readVendorContract } from "../vendor-spec";
import { listBuiltInContracts } from "./built-in";
import type { Decision } from "./decision";
import { listContracts, listTakenAddresses } from "./list";
import { readWriterProject, type WriterProject } from "./project";
import { changeFiles } from "./project-files";
import { listStarters } from "./starters";
import { listContractPaths, writeContract } from "./write-contract";

export interface AddOptions {
  /** A file, an http(s) URL, or `-` for the standard input. */
  source: string;
  /** The folder of the project. */
  root: string;
  operation?: string;
  name?: string;
  /** Stands in front of the contract's path, such as `/vendor`. */
  prefix?: string;
  /** Write nothing. */
  dryRun: boolean;
  /** The command as it was given, for the top of the spec. */
  command: string;
  readStdin: () => Promise<string>;
  /** Told before each step that takes time. */
  report: (step: string) => void;
}

export interface AddedContract {
  name: string;
  operation: string;
  /** Paths below the folder of the project, those of `generated/` included. */
  files: string[];
  decisions: Decision[];
  /** Whether the folder is a checkout of this server. */
  isCheckout: boolean;
  /** The texts of the written files, without `generated/`. */
  texts: ReadonlyMap<string, string>;
}

/** The contract exists, or the folder has a file where one would be written. */
export class ContractExistsError extends Error {
  override readonly name = "ContractExistsError";
}

/**
 * Adds a contract to a project from a vendor's OpenAPI file. If a step fails, nothing is left behind.
 * @throws VendorSpecError or AmbiguousOperation for the vendor's file, ContractWriterError for what the engine cannot serve,
 *   ContractExistsError, SpecFaults of codegen
 */
export async function addContract(options: AddOptions): Promise<AddedContract> {
  const { source, root, report } = options;
  const project = readWriterProject(root);
  const builtInNames = project.isCheckout ? [] : listBuiltInContracts().map(({ name }) => name);
  const takenNames = [...listContracts(project.root).map(({ name }) => name), ...builtInNames];
  if (options.name !== undefined) refuseTaken(project.root, options.name, takenNames);
  report(`reading ${source === "-" ? "the standard input" : source}`);
  const vendor = await readVendorContract(source, {
    ...(options.operation === undefined ? {} : { operation: options.operation }),
    ...(options.name === undefined ? {} : { name: options.name }),
    readStdin: options.readStdin,
    takenNames,
  });
  refuseTaken(project.root, vendor.name, takenNames);
  const { prefix, decisions } = choosePrefix(options, { ...vendor, project });
  report("writing the contract");
  const { info } = vendor.document;
  const written = await writeContract(
    { ...vendor, decisions: [...vendor.decisions, ...decisions] },
    { project, origin: { source, version: info.version, command: options.command }, ...(prefix === undefined ? {} : { prefix }) },
  );
  const files = new Map([...listStarters(project), ...written.files]);
  const answer = {
    name: written.name,
    operation: written.operation,
    decisions: written.decisions,
    isCheckout: project.isCheckout,
    texts: files,
  };
  if (options.dryRun) return { ...answer, files: [...files.keys()].sort() };
  report("generating types and wiring");
  if (!existsSync(project.root)) mkdirSync(project.root, { recursive: true });
  const changes = await changeFiles(project.root, files, () => updateGenerated(project.root));
  return { ...answer, files: [...files.keys(), ...changes.map(({ file }) => file)].sort() };
}

function refuseTaken(root: string, name: string, takenNames: readonly string[]): void {
  if (takenNames.includes(name))
    throw new ContractExistsError(
      `there is a contract ${name}; choose another --name, or remove it with \`polymint contract remove ${name}\` if it is your own`,
    );
  const paths = Object.values(listContractPaths(name)).filter((path) => existsSync(join(root, path)));
  if (paths.length > 0)
    throw new ContractExistsError(`${paths.join(", ")} would be overwritten; choose another --name, or move the files away`);
}

/** Two contracts with one path need different prefixes: also with other methods, or `Allow` and the shape of a 405 would be those of both. */
function choosePrefix(
  { prefix }: AddOptions,
  { name, path, project }: { name: string; path: string; project: WriterProject },
): { prefix?: string; decisions: Parameters<typeof writeContract>[0]["decisions"] } {
  const at = { file: "policy", text: "prefix" } as const;
  if (prefix !== undefined) return { prefix, decisions: [{ what: "prefix", value: prefix, why: "it was asked for", at }] };
  const other = listTakenAddresses(project).find(({ operation }) => operation.split(" ")[1] === path);
  if (other === undefined) return { decisions: [] };
  const chosen = `/${name}`;
  const why = `${other.name} has ${other.operation} already; --prefix chooses another`;
  return { prefix: chosen, decisions: [{ what: "prefix", value: chosen, why, at }] };
}
