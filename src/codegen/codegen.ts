import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type GeneratedFiles, generate } from "./generate";

/**
 * `make codegen`: writes `generated/`. With `--check`, writes nothing and fails if a byte would change.
 * Usage: codegen [--check] [--root FOLDER]
 */
async function main(argv: readonly string[]): Promise<void> {
  const rootAt = argv.indexOf("--root");
  const root = resolve(rootAt < 0 ? "." : (argv[rootAt + 1] ?? "."));
  const folder = join(root, "generated");
  const generated = await generate(join(root, "openapi"));
  const stale = findDifferences(folder, generated);
  if (argv.includes("--check")) {
    if (stale.length > 0)
      throw new Error(`generated/ is out of date; run \`make codegen\`:\n${stale.map((file) => `  ${file}`).join("\n")}`);
    return;
  }
  for (const file of stale) {
    const path = join(folder, file);
    const text = generated.get(file);
    if (text === undefined) rmSync(path);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    process.stdout.write(`${text === undefined ? "removed" : "wrote"} generated/${file}\n`);
  }
}

/** Finds files that are missing, different, or left over from a spec that no longer exists. */
function findDifferences(folder: string, generated: GeneratedFiles): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    );
  const orphans = files.filter((file) => !generated.has(file));
  const changed = [...generated].filter(([file, text]) => !files.includes(file) || readFileSync(join(folder, file), "utf8") !== text);
  return [...orphans, ...changed.map(([file]) => file)].sort();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
