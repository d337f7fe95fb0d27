/** The programs that `make failover` needs, and the user that PostgreSQL runs as. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const requirements = join(__dirname, "requirements.txt");
const postgresFolder = "/usr/lib/postgresql";
/** With all that it depends on, it is in requirements.txt. */
const pinnedPatroni = "4.1.0";

/** Where the programs are. */
export interface Tools {
  patroni: string;
  patronictl: string;
  /** How this Patroni calls the state of a standby that keeps up. */
  standbyState: "running" | "streaming";
  etcd: string;
  haproxy: string;
  /** Folder of Debian's PostgreSQL programs. */
  postgresBin: string;
  /** What makes a command run as a user that PostgreSQL accepts; empty unless this process is root's. */
  asPostgres: readonly string[];
}

/**
 * Finds the programs, and installs Patroni into a virtual environment under node_modules.
 * @param patroniVersion another version than the pinned one, to look at its faults
 * @returns the programs, or a sentence that says what is missing
 */
export function findTools(patroniVersion = pinnedPatroni): Tools | string {
  if (process.platform !== "linux") return "needs Linux";
  const etcd = findCommand("etcd");
  const haproxy = findCommand("haproxy");
  const postgresBin = findPostgres();
  const asPostgres = findUser();
  if (etcd === undefined) return "needs etcd";
  if (haproxy === undefined) return "needs HAProxy";
  if (postgresBin === undefined) return "needs Debian's PostgreSQL, with its programs in /usr/lib/postgresql";
  if (asPostgres === undefined) return "needs the user postgres, since PostgreSQL does not run as root";
  const python = ["/usr/bin/python3", "python3"].find((each) => canRun([...asPostgres, each, "-c", "import venv, ensurepip"]));
  if (python === undefined) return "needs python3 with its venv module";
  const bin = installPatroni(python, patroniVersion);
  const standbyState = patroniVersion.startsWith("3.0.") ? "running" : "streaming";
  return { patroni: join(bin, "patroni"), patronictl: join(bin, "patronictl"), standbyState, etcd, haproxy, postgresBin, asPostgres };
}

/** Debian keeps programs for daemons out of the path of ordinary users. */
function findCommand(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** @returns the folder of the newest release that is installed */
function findPostgres(): string | undefined {
  if (!existsSync(postgresFolder)) return undefined;
  const majors = readdirSync(postgresFolder).sort((one, other) => Number(other) - Number(one));
  return majors.map((major) => join(postgresFolder, major, "bin")).find((bin) => existsSync(join(bin, "pg_rewind")));
}

function findUser(): readonly string[] | undefined {
  if (process.getuid?.() !== 0) return [];
  const command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
  return canRun([...command, "true"]) ? command : undefined;
}

function canRun([command = "", ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: "/" }).status === 0;
}

/** @returns the folder of its commands @throws Error if that fails */
function installPatroni(python: string, version: string): string {
  const environment = join(root, "node_modules", ".cache", `patroni-${version}`);
  const bin = join(environment, "bin");
  if (existsSync(join(bin, "patronictl"))) return bin;
  process.stderr.write(`installing Patroni ${version} …\n`);
  const pinned = readFileSync(requirements, "utf8").split("\n");
  const wanted = pinned.map((line) => (line.startsWith("patroni==") ? `patroni==${version}` : line)).filter((line) => /^\w/.test(line));
  try {
    mustRun(python, ["-m", "venv", "--clear", environment]);
    mustRun(join(bin, "pip"), ["install", "--quiet", "--no-deps", "--disable-pip-version-check", ...wanted]);
  } catch (error) {
    rmSync(environment, { recursive: true, force: true });
    throw error;
  }
  return bin;
}

function mustRun(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
}
