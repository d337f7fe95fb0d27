/** Copies of this checkout, in which contracts are added. */
import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..");
const copied = ["openapi", "src", "migrations", "generated", "package.json", "tsconfig.json", "tsconfig.build.json", "Makefile"];

/** Hand-written files are copied, the installed packages are linked. */
export interface Checkout {
  folder: string;
  /** Runs Node in the folder. */
  runNode(...command: string[]): Promise<CommandResult>;
  /** The text of each file of these folders, by its path below the checkout. */
  readTexts(...folders: string[]): Map<string, string>;
  remove(): void;
}

export interface CommandResult {
  code: number;
  /** Standard output, then standard error. */
  output: string;
}

/** @param more files and folders to copy beside those that the server is built from */
export function makeCheckout(...more: string[]): Checkout {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "polymint-checkout-")));
  // PostgreSQL may run as another user.
  chmodSync(folder, 0o755);
  for (const name of [...copied, ...more]) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    folder,
    runNode: (...command) =>
      new Promise((resolve) => {
        const options = { cwd: folder, maxBuffer: 2 ** 26 };
        const child = execFile(process.execPath, command, options, (_error, stdout, stderr) =>
          resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
        );
      }),
    readTexts: (...folders) => new Map(folders.flatMap((name) => readTexts(folder, name))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function readTexts(folder: string, name: string): [string, string][] {
  if (!existsSync(join(folder, name))) return [];
  const entries = readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1), readFileSync(path, "utf8")];
  });
}
