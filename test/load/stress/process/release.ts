/** Finds the release before this one in git, and exports it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..", "..");

/** A release in git. */
export interface Release {
  commit: string;
  /** The files of its `migrations/`, in order. */
  migrations: readonly string[];
}

/** Thrown if git has no earlier release, as in sources without their history. */
export class NoEarlierReleaseError extends Error {}

/**
 * Finds the release before this one: the newest commit with fewer migrations.
 * @param ref another commit to use instead
 * @throws NoEarlierRelease
 */
export function findEarlierRelease(ref: string | undefined): Release {
  if (ref !== undefined) return releaseAt(ref);
  const here = listMigrations().length;
  for (const commit of listCommits()) {
    const release = releaseAt(commit);
    if (release.migrations.length > 0 && release.migrations.length < here) return release;
  }
  throw new NoEarlierReleaseError("git has no commit with fewer migrations; set PREVIOUS_RELEASE to the commit of an earlier release");
}

export function listMigrations(): string[] {
  return readdirSync(join(root, "migrations")).sort();
}

function listCommits(): string[] {
  // Sources that were copied into another repository have the history of that one.
  if (runGit("rev-parse", "--show-prefix") !== "") return [];
  return runGit("log", "--first-parent", "--format=%H").split("\n");
}

function releaseAt(ref: string): Release {
  const commit = runGit("rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`);
  const paths = runGit("ls-tree", "--name-only", commit, "migrations/").split("\n");
  return { commit, migrations: paths.filter((path) => path !== "").map((path) => path.replace("migrations/", "")) };
}

/** @throws NoEarlierRelease if there is no git, no repository, or no such commit */
function runGit(...args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
  if (status === 0) return stdout.trim();
  throw new NoEarlierReleaseError(`git found no earlier release: ${(error?.message ?? stderr).trim()}`);
}

/**
 * Exports the sources of a release to a folder, with their dependencies. The caller removes it.
 * @param say reports that the dependencies differ from this release's and are downloaded
 */
export function exportRelease({ commit }: Release, say: (line: string) => void): { folder: string; remove(): void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "polymint-release-")));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const archive = join(folder, "release.tar");
    execFileSync("git", ["-C", root, "archive", "--output", archive, commit]);
    execFileSync("tar", ["-xf", archive, "-C", folder]);
    if (readLockFile(folder) === readLockFile(root)) {
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    } else {
      say(`release ${commit.slice(0, 7)} depends on other packages than this one; npm ci …`);
      execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: folder,
        stdio: ["ignore", "ignore", "inherit"],
      });
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}

function readLockFile(folder: string): string {
  return readFileSync(join(folder, "package-lock.json"), "utf8");
}
