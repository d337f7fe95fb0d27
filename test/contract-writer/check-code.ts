/**
 * Checks types and style of the contracts that were added to a checkout, with one program for both. Only what is new can be at fault,
 * and what is made of the list of contracts: the other sources are those of this checkout, unchanged.
 *
 *   npx tsx test/contract-writer/check-code.ts FOLDER FILE...        prints each fault; exit code 1 if there is one
 */
import { join } from "node:path";
import { ESLint } from "eslint";
import ts from "typescript";

function makeProgram(folder: string): ts.Program {
  const { config } = ts.readConfigFile(join(folder, "tsconfig.json"), (path) => ts.sys.readFile(path)) as { config: unknown };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  return ts.createProgram(fileNames, options);
}

function findTypeFaults(folder: string, program: ts.Program, files: readonly string[]): string {
  const isNew = ({ fileName, text }: ts.SourceFile): boolean =>
    fileName.startsWith(join(folder, "generated")) ||
    files.some((file) => join(folder, file) === fileName) ||
    /from "[./]+\/generated\/wiring"/.test(text);
  const checked = program.getSourceFiles().filter(isNew);
  const faults = [
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...checked.flatMap((file) => [...program.getSemanticDiagnostics(file)]),
  ];
  const host = { getCanonicalFileName: (path: string) => path, getCurrentDirectory: () => folder, getNewLine: () => "\n" };
  return ts.formatDiagnostics(faults, host);
}

async function findStyleFaults(folder: string, program: ts.Program, files: readonly string[]): Promise<string> {
  const parserOptions = { programs: [program], projectService: false };
  const eslint = new ESLint({ cwd: folder, overrideConfig: [{ files: ["**/*.ts"], languageOptions: { parserOptions } }] });
  const results = await eslint.lintFiles([...files]);
  return results
    .flatMap(({ filePath, messages }) =>
      messages.map(({ line, message, ruleId }) => `${filePath}:${line}: ${message} (${ruleId ?? "parser"})\n`),
    )
    .join("");
}

async function main(): Promise<void> {
  const [folder = "", ...files] = process.argv.slice(2);
  const program = makeProgram(folder);
  const faults = findTypeFaults(folder, program, files) + (await findStyleFaults(folder, program, files));
  process.stdout.write(faults);
  if (faults !== "") process.exitCode = 1;
}

void main();
