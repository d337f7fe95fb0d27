import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { WriterProject } from "./project";
import { describeOwnSource, listTools } from "./tools";

const scripts = { codegen: "polymint codegen", check: "tsc --noEmit", test: "jest", start: "polymint serve --contracts . --demo" };

const jest = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  testTimeout: 30_000,
};

const tsconfig = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023"],
    module: "node16",
    moduleResolution: "node16",
    types: ["node", "jest"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    esModuleInterop: true,
    isolatedModules: true,
    resolveJsonModule: true,
    outDir: "dist",
    rootDir: ".",
  },
  include: ["src", "generated", "test"],
};

/** The data folder holds secrets. */
const ignored = "node_modules/\ndist/\n.polymint/\n";

/** What npm writes where there are no tests yet. */
const noTest = 'echo "Error: no test specified" && exit 1';

interface PackageFile {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  jest?: object;
}

/**
 * Lists what makes a folder a project whose compiler and tests run: new files, and package.json with what it lacks. What the folder
 * has is left as it is.
 * @returns texts by their path below the folder
 */
export function listStarters({ root, isCheckout }: WriterProject): Map<string, string> {
  if (isCheckout) return new Map();
  const files = new Map([
    ["tsconfig.json", formatJson(tsconfig)],
    [".gitignore", ignored],
  ]);
  for (const file of files.keys()) if (existsSync(join(root, file))) files.delete(file);
  const file = join(root, "package.json");
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const found = (before === undefined ? { name: "my-contracts", version: "1.0.0", private: true } : JSON.parse(before)) as PackageFile;
  const completed = completePackage(found, hasJestConfig(root));
  if (before === undefined || JSON.stringify(completed) !== JSON.stringify(found))
    files.set("package.json", formatJson(completed, before === undefined ? undefined : /^[ \t]+(?=")/m.exec(before)?.[0]));
  return files;
}

function hasJestConfig(root: string): boolean {
  return existsSync(root) && readdirSync(root).some((file) => file.startsWith("jest.config."));
}

function completePackage(found: PackageFile, hasJest: boolean): PackageFile {
  const present = { ...found.dependencies, ...found.devDependencies };
  const wanted = Object.entries({ ...listTools(), polymint: describeOwnSource() });
  const missing = Object.fromEntries(wanted.filter(([name]) => present[name] === undefined));
  const kept = Object.entries(found.scripts ?? {}).filter(([, script]) => script !== noTest);
  return {
    ...found,
    scripts: { ...scripts, ...Object.fromEntries(kept) },
    ...(Object.keys(missing).length > 0 && { devDependencies: { ...found.devDependencies, ...missing } }),
    ...(found.jest === undefined && !hasJest && { jest }),
  };
}

function formatJson(value: object, indent = "  "): string {
  return `${JSON.stringify(value, null, indent)}\n`;
}
