import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { updateGenerated } from "../codegen";
import { listFiles } from "../codegen/list-files";
import { readWriterProject } from "./project";
import { changeFiles } from "./project-files";
import { listContractPaths, makeFingerprint } from "./write-contract";
import { takeFingerprint } from "./write-spec";

/** The files of a contract that may be removed. */
export interface Removal {
  name: string;
  files: string[];
  /** Why the files are not those that `contract add` wrote; undefined if they are. */
  doubt: string | undefined;
  /** Other files of `src/` that import some of them. Without them the project would not compile. */
  users: string[];
}

/** There is no such contract. */
export class NoContractError extends Error {
  override readonly name = "NoContractError";
}

/**
 * Finds what the removal of a contract would remove.
 * @throws NoContractError
 */
export function planRemoval(root: string, name: string): Removal {
  const project = readWriterProject(root);
  const paths = listContractPaths(name);
  const spec = join(project.root, paths.spec);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(spec)) throw new NoContractError(`there is no contract ${name} in ${project.root}`);
  const own = Object.values(paths).filter((path) => path !== paths.spec && existsSync(join(project.root, path)));
  const inFolder = listFiles(project.root, `src/contracts/${name}`);
  const files = [...new Set([paths.spec, ...own, ...inFolder])].sort();
  return { name, files, doubt: findDoubt(project.root, paths.spec, files), users: listUsers(project.root, name, files) };
}

/** A service may share code with its contract. */
function listUsers(root: string, name: string, files: readonly string[]): string[] {
  const others = listFiles(root, "src").filter((path) => path.endsWith(".ts") && !files.includes(path));
  return others.filter((path) => readFileSync(join(root, path), "utf8").includes(`/contracts/${name}/`));
}

function findDoubt(root: string, spec: string, files: readonly string[]): string | undefined {
  const taken = takeFingerprint(readFileSync(join(root, spec), "utf8"));
  if (taken === undefined) return "`polymint contract add` did not write it";
  const texts = new Map(files.map((path) => [path, path === spec ? taken.spec : readFileSync(join(root, path), "utf8")]));
  return makeFingerprint(texts) === taken.fingerprint ? undefined : "its files have been changed since they were written";
}

/**
 * Removes a contract, and generates again what is left. If that fails, nothing is removed.
 * @returns the paths that are gone or changed
 */
export async function removeContract(root: string, { files }: Removal): Promise<string[]> {
  const project = readWriterProject(root);
  const removals = new Map(files.map((path) => [path, undefined]));
  const changes = await changeFiles(project.root, removals, () => updateGenerated(project.root));
  return [...files, ...changes.map(({ file }) => file)].sort();
}
