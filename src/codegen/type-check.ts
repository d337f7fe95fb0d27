import { join } from "node:path";
import ts from "typescript";

interface CompileResult {
  code: number;
  /** As `tsc --pretty false` prints it. */
  output: string;
}

/**
 * Makes a function that runs `tsc --noEmit -p .` in a folder. Like `tsc --watch` it reads and checks again only the files
 * that have changed since the last run, and those that depend on them.
 */
export function makeTypeCheck(folder: string): () => CompileResult {
  const texts = new Map<string, { text: string; file: ts.SourceFile }>();
  let before: ts.SemanticDiagnosticsBuilderProgram | undefined;
  return () => {
    const { options, fileNames } = parseConfig(folder);
    const host = ts.createIncrementalCompilerHost(options);
    const parse = host.getSourceFile.bind(host);
    host.getCurrentDirectory = () => folder;
    host.getSourceFile = (path, ...how) => {
      const known = texts.get(path);
      const text = host.readFile(path);
      if (known !== undefined && known.text === text) return known.file;
      const file = parse(path, ...how);
      if (file !== undefined && text !== undefined) texts.set(path, { text, file });
      return file;
    };
    const program = ts.createSemanticDiagnosticsBuilderProgram(fileNames, options, host, before);
    before = program;
    const found = [
      ...program.getConfigFileParsingDiagnostics(),
      ...program.getOptionsDiagnostics(),
      ...program.getSyntacticDiagnostics(),
      ...program.getGlobalDiagnostics(),
      ...program.getSemanticDiagnostics(),
    ];
    return { code: found.length === 0 ? 0 : 2, output: ts.formatDiagnostics(found, host) };
  };
}

function parseConfig(folder: string): ts.ParsedCommandLine {
  const complain = (problem: ts.Diagnostic): never => {
    throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: complain };
  const command = ts.getParsedCommandLineOfConfigFile(join(folder, "tsconfig.json"), { noEmit: true, incremental: true }, host);
  if (command === undefined) throw new Error(`${folder} has no tsconfig.json`);
  command.errors.forEach(complain);
  return command;
}
