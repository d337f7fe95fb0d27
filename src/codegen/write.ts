import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type GeneratedFiles, generate } from "./generate";
import { listFiles } from "./list-files";

/** What became of one file of `generated/`. */
interface Change {
  /** Its path below the project's folder. */
  file: string;
  done: "wrote" | "removed";
}

/**
 * Brings `generated/` up to date with `openapi/`.
 * @param root the project's folder
 * @returns what changed; empty if nothing did
 * @throws SpecFaults, and then nothing is written
 */
export async function updateGenerated(root: string): Promise<Change[]> {
  const generated = await generate(root);
  return findDifferences(join(root, "generated"), generated).map((file) => {
    const path = join(root, "generated", file);
    const text = generated.get(file);
    if (text === undefined) rmSync(path);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return { file: `generated/${file}`, done: text === undefined ? "removed" : "wrote" };
  });
}

/** @returns a line per file, or one that nothing changed */
export function describeChanges(changes: readonly Change[]): string {
  if (changes.length === 0) return "generated/ is up to date: nothing changed";
  return changes.map(({ file, done }) => `${done} ${file}`).join("\n");
}

/**
 * Finds the files that `updateGenerated` would change, and changes none.
 * @returns their paths below the project's folder
 * @throws SpecFaults
 */
export async function findStale(root: string): Promise<string[]> {
  return findDifferences(join(root, "generated"), await generate(root)).map((file) => `generated/${file}`);
}

/** Finds files that are missing, different, or left over from a spec that no longer exists. */
function findDifferences(folder: string, generated: GeneratedFiles): string[] {
  const files = listFiles(folder, "");
  const orphans = files.filter((file) => !generated.has(file));
  const changed = [...generated].filter(([file, text]) => !files.includes(file) || readFileSync(join(folder, file), "utf8") !== text);
  return [...orphans, ...changed.map(([file]) => file)].sort();
}
