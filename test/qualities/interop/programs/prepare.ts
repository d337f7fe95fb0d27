import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

const cache = join(__dirname, "..", "..", "..", "..", "node_modules", ".cache");

/** How to start a program, or a sentence that says why it cannot be started here. */
export type PreparedProgram = { command: string; args: readonly string[]; environment: Readonly<Record<string, string>> } | string;

/**
 * Installs what the Python program with Authlib needs, unless it is there already.
 * @throws Error if a package is another one than the pinned
 */
export function prepareAuthlib(): PreparedProgram {
  const python = run("python3", ["-c", "import sys, pip; print(sys.version)"]);
  if (!python.ok) return "No python3 with pip found (Debian: apt-get install python3-pip)";
  const own = join(__dirname, "authlib");
  const requirements = join(own, "requirements.txt");
  const pinned = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", requirements];
  const { folder, fault } = installOnce("authlib", [python.output, readFileSync(requirements, "utf8")], (target) =>
    run("python3", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--target", target, ...pinned]),
  );
  if (fault !== undefined) return `Authlib could not be installed (${fault})`;
  // -S: what the machine has installed is not looked at.
  return { command: "python3", args: ["-S", join(own, "program.py")], environment: { PYTHONPATH: folder } };
}

/**
 * Fetches the modules of the Go program and builds it, unless it is there already.
 * @throws Error if a module is another one than the pinned, or the program does not compile
 */
export function prepareGoOidc(): PreparedProgram {
  const go = run("go", ["env", "GOVERSION"]);
  if (!go.ok) return "No go found (Debian: apt-get install golang-go)";
  const own = join(__dirname, "go-oidc");
  const sources = ["go.mod", "go.sum", "main.go"].map((name) => readFileSync(join(own, name), "utf8"));
  // The modules can be deleted like any file, no toolchain is downloaded, and no C compiler is needed.
  const modules = {
    GOMODCACHE: join(cache, "interop-go-modules"),
    GOFLAGS: "-mod=readonly -modcacherw",
    GOWORK: "off",
    GOTOOLCHAIN: "local",
  };
  const environment = { ...process.env, ...modules, CGO_ENABLED: "0" };
  const { folder, fault } = installOnce("go-oidc", sources, (target) => {
    const fetched = run("go", ["mod", "download"], own, environment);
    if (!fetched.ok) return fetched;
    const build = ["build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", join(target, "program"), "."];
    const built = run("go", build, own, { ...environment, GOPROXY: "off" });
    if (!built.ok) throw new Error(`the Go program does not compile:\n${built.output}`);
    return built;
  });
  if (fault !== undefined) return `go-oidc could not be fetched (${fault})`;
  return { command: join(folder, "program"), args: [], environment: {} };
}

/** Where newman and Bruno's command are installed, or a sentence that says why they are not. */
export type PreparedCollectionPrograms = { modules: string } | string;

/**
 * Installs newman and Bruno's command, unless they are there already.
 * @throws Error if a package is another one than the pinned
 */
export function prepareCollectionPrograms(): PreparedCollectionPrograms {
  const own = join(__dirname, "collections");
  const names = ["package.json", "package-lock.json"];
  const sources = names.map((name) => readFileSync(join(own, name), "utf8"));
  const { folder, fault } = installOnce("collections", [process.version, ...sources], (target) => {
    for (const name of names) copyFileSync(join(own, name), join(target, name));
    return run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], target);
  });
  return fault === undefined ? { modules: join(folder, "node_modules") } : `newman and Bruno could not be installed (${fault})`;
}

/**
 * Fills a folder in node_modules/.cache that is named after what it is made of. Another process may do the same at the same time.
 * @returns the folder, and the last words of the installer if it failed
 */
function installOnce(name: string, madeOf: readonly string[], install: (target: string) => ProgramRun): { folder: string; fault?: string } {
  const parts = [process.platform, process.arch, ...madeOf];
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
  const folder = join(cache, `interop-${name}-${digest}`);
  if (existsSync(folder)) return { folder };
  mkdirSync(cache, { recursive: true });
  process.stderr.write(`preparing the tests with ${name} …\n`);
  const target = mkdtempSync(join(cache, `${basename(folder)}-`));
  try {
    const { ok, output } = install(target);
    if (!ok && /DO NOT MATCH THE HASHES|checksum mismatch|SECURITY ERROR|EINTEGRITY/.test(output)) throw new Error(output);
    if (!ok) return { folder, fault: output.trim().split("\n").at(-1) ?? "" };
    if (!existsSync(folder)) renameSync(target, folder);
    return { folder };
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

interface ProgramRun {
  ok: boolean;
  output: string;
}

function run(command: string, args: readonly string[], cwd?: string, env?: NodeJS.ProcessEnv): ProgramRun {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", cwd, env });
  // Both are null if there is no such command.
  return { ok: status === 0, output: status === null ? "" : `${stdout}${stderr}` };
}
