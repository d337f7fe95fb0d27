/** Compiles and runs the TypeScript of the pages. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "@swc/core";
import ts from "typescript";
import { type Block, root } from "./blocks";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: Record<string, { default?: string }> };

/** The source of each module that other programs may import, by its name, such as `polymint/testkit`. */
const entries = Object.entries(manifest.exports).flatMap(([name, { default: file }]) =>
  file === undefined ? [] : [[name.replace(".", "polymint"), file.replace("./dist/", "./").replace(/\.js$/, ".ts")] as const],
);

/** Compiles blocks against the sources. @returns a text per fault, with the page's line */
export function findTypeFaults(blocks: readonly Block[]): string[] {
  const options: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    ...{ strict: true, noEmit: true, skipLibCheck: true, esModuleInterop: true, resolveJsonModule: true, types: ["node", "jest"] },
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, moduleDetection: ts.ModuleDetectionKind.Force },
    paths: Object.fromEntries(entries.map(([name, file]) => [name, [join(root, file)]])),
  };
  const disk = ts.createCompilerHost(options);
  const files = new Map(blocks.map((block) => [join(root, "test", "docs", `${block.place.replaceAll(/\W/g, "-")}.ts`), block]));
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    readFile: (path) => files.get(path)?.text ?? disk.readFile(path),
    getSourceFile: (path, target) => {
      const text = files.get(path)?.text;
      return text === undefined ? disk.getSourceFile(path, target) : ts.createSourceFile(path, text, target, true);
    },
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([path, { place }]) => {
    const file = program.getSourceFile(path);
    const faults = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return faults.map(({ messageText, start = 0 }) => {
      const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${place}, line ${line + 1} of the block: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
}

const quietConsole = {
  log: () => undefined,
  error: (...printed: unknown[]) => {
    throw new Error(`The program printed an error: ${JSON.stringify(printed)}`);
  },
};

/**
 * Runs a block in this process: with Jest's `it` it declares tests, otherwise it is done when the promise is. Jest is the runner of what is
 * written for node:test, too.
 * @throws whatever it throws, or prints as an error
 */
export function runProgram(text: string): Promise<void> {
  const { code } = transformSync(text, {
    jsc: { target: "es2023", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
    isModule: true,
  });
  const sources = new Map(entries);
  const load = (name: string): unknown => {
    if (name === "node:test") return { after: afterAll, before: beforeAll, test: it };
    return jest.requireActual(sources.has(name) ? join(root, sources.get(name) ?? "") : name);
  };
  const AsyncFunction = (async () => undefined).constructor as new (...parts: string[]) => (...args: unknown[]) => Promise<void>;
  return new AsyncFunction("require", "exports", "console", code)(load, {}, quietConsole);
}
