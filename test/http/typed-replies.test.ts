import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const root = join(__dirname, "..", "..");
const casesFile = join(__dirname, "typed-replies.cases.ts");
/** The grants declare their requests in their own files, which a program must contain to know any. */
const grantsFile = join(root, "src", "engine", "grants", "index.ts");
const cases = readFileSync(casesFile, "utf8");
const lines = cases.split("\n");
const directive = /@ts-expect-error/g;

interface CompileError {
  /** The line of the cases file with the error; undefined if the error is in another file. */
  code: string | undefined;
  line: number;
  message: string;
}

/** Compiles the cases with this text in place of the file's own. */
function compileCases(text: string): CompileError[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [casesFile], include: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (path) => (ts.sys.resolvePath(path) === casesFile ? text : readFile(path));
  const program = ts.createProgram({ rootNames: [casesFile, grantsFile], options, host });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const inCases = file !== undefined && ts.sys.resolvePath(file.fileName) === casesFile;
    const line = inCases ? file.getLineAndCharacterOfPosition(start ?? 0).line : -1;
    return { code: lines[line], line, message: ts.flattenDiagnosticMessageText(messageText, "\n") };
  });
}

describe("the compiler, given the typed replies", () => {
  let errors: CompileError[];
  beforeAll(() => {
    errors = compileCases(cases.replaceAll(directive, "an error is expected:"));
  }, 60_000);

  it("refuses every case, each for one reason", () => {
    const expected = lines.flatMap((line, index) => (line.includes("@ts-expect-error") ? [index + 1] : []));
    expect(errors.map(({ line }) => line)).toEqual(expected);
    expect(expected.length).toBeGreaterThanOrEqual(20);
  });

  it("accepts the cases when their errors are expected", () => {
    expect(compileCases(cases)).toEqual([]);
  }, 60_000);

  it.each([
    ["the status", "status: 418", "418"],
    ["the extra field", "refresh_token", "'refresh_token' does not exist"],
    ["the missing field", `token_type: "Bearer" } }`, "'expires_in' is missing"],
    ["the value outside an enum", `"bearer"`, `'"bearer"' is not assignable to type '"Bearer"'`],
    ["the missing header", "status: 405, headers, body", "Allow"],
    ["the unanswered operation", "const unansweredOperation", "'issueAbbeycrossToken' is missing"],
    ["the unmapped refusal", "Record<RefusalCode, number>", "'dependency_timeout' is missing"],
  ])("names %s", (_what, code, message) => {
    expect(errors.find((error) => error.code?.includes(code))?.message).toContain(message);
  });
});
