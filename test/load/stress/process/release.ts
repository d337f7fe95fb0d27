import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..", "..");

/** A release as it stands in git. */
export interface Release {
  commit: string;
  /** The files of its `migrations/`, in order. */
  migrations: readonly string[];
}

/** There is no earlier release to be found, as where the sources came without their history. */
export class NoEarlierReleaseError extends Error {}

/**
 * The release before this one: the newest commit with fewer migrations than there are here.
 * @param ref another one that is wanted in its place
 * @throws NoEarlierRelease
 */
export function findEarlierRelease(ref: string | undefined): Release {
  if (ref !== undefined) return releaseAt(ref);
  const here = listMigrations().length;
  for (const commit of listCommits()) {
    const release = releaseAt(commit);
    if (release.migrations.length > 0 && release.migrations.length < here) return release;
  }
  throw new NoEarlierReleaseError("there is no release with fewer migrations in this folder's git history; PREVIOUS_RELEASE may name one");
}

export function listMigrations(): string[] {
  return readdirSync(join(root, "migrations")).sort();
}

function listCommits(): string[] {
  // A copy of the sources inside somebody else's repository has that one's history, which is not ours.
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
  throw new NoEarlierReleaseError(`git tells of no earlier release: ${(error?.message ?? stderr).trim()}`);
}

/**
 * The sources of a release in a folder of their own, with what they depend on. To be removed by whoever asked.
 * @param say told if they depend on something else than this release, and it has to be fetched
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
