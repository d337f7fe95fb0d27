import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const requirements = join(__dirname, "requirements.txt");

/** A finished run of schemathesis over one spec. */
export interface ToolRun {
  code: number;
  output: string;
  report: unknown;
}

/** Whether there is a Python to install schemathesis into. */
export function hasPython(): boolean {
  return spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0;
}

/**
 * Installs schemathesis into a virtual environment under node_modules, unless it is there already.
 * @returns path of its command
 * @throws Error if that fails
 */
export function installTool(): string {
  const [, version = ""] = /^schemathesis==(\S+)$/m.exec(readFileSync(requirements, "utf8")) ?? [];
  const environment = join(root, "node_modules", ".cache", `schemathesis-${version}`);
  const command = join(environment, "bin", "schemathesis");
  if (existsSync(command)) return command;
  process.stderr.write(`installing schemathesis ${version} …\n`);
  const pip = join(environment, "bin", "pip");
  try {
    mustRun("python3", ["-m", "venv", "--clear", environment]);
    mustRun(pip, ["install", "--quiet", "--no-deps", "--disable-pip-version-check", "--requirement", requirements]);
  } catch (error) {
    rmSync(environment, { recursive: true, force: true });
    throw error;
  }
  return command;
}

function mustRun(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
}

/** Runs schemathesis over a spec, with every check. @param args more arguments */
export async function runTool(
  command: string,
  spec: string,
  url: string,
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<ToolRun> {
  const folder = mkdtempSync(join(tmpdir(), "polymint-schemathesis-"));
  const reportFile = join(folder, "report.json");
  const own = [
    "--config-file",
    join(__dirname, "schemathesis.toml"),
    "run",
    join(root, spec),
    "--url",
    url,
    "--checks",
    "all",
    "--no-color",
  ];
  const child = spawn(command, [...own, "--report", "json", "--report-json-path", reportFile, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...environment, POLYMINT_HOOKS: join(__dirname, "hooks.py") },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve(status ?? -1));
    });
    return { code, output, report: existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : undefined };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
