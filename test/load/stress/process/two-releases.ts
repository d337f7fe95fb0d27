/** Scenario: the previous release and this one on one database. */
import { type Databases, openDatabases } from "../../bench/databases";
import { installServer, type InstalledServer } from "../../../harness/installed-server";
import type { NotTried, Outcome } from "../scenario";
import { makeContractingRelease } from "./contracting";
import { findEarlierRelease, exportRelease, NoEarlierReleaseError, type Release } from "./release";
import { type Rollout, rollOut } from "./rollout";
import { faultsOf, lostIn, type Side } from "./rollout-judge";
import type { Effort } from "./stressed-server";

const wholeEffort: Effort = { callers: 16, aroundMs: 2_500 };
/** Long enough for clients to leave the cache of a running server. */
const briefEffort: Effort = { callers: 8, aroundMs: 1_500 };
const name = "the release before and this one side by side";

/**
 * Runs the release before this one and this one on one database, after this one's migrations. Then again with a migration that
 * renames a column, which the judgement must catch.
 * @param ref of the earlier release, in place of the one found in git
 */
export async function runTwoReleases(ref = process.env.PREVIOUS_RELEASE): Promise<Outcome | NotTried> {
  const release = findReleaseOrError(ref === "" ? undefined : ref);
  if (release instanceof NoEarlierReleaseError) return { name, notTried: release.message };
  const commit = release.commit.slice(0, 7);
  return withBothReleases(release, async (releases, databases) => {
    const found = await rollOut(releases, await databases.make("releases"), wholeEffort);
    const faults = faultsOf(found);
    if (faults.length > 0) throw new Error(`beside ${commit}: ${faults.slice(0, 5).join("; ")}`);

    makeContractingRelease(releases.new);
    const broken = faultsOf(await rollOut(releases, await databases.make("contracting"), briefEffort));
    const itself = broken.find((fault) => fault.startsWith("new answered"));
    if (itself !== undefined) throw new Error(`the release with that migration does not even work on its own: ${itself}`);
    const caught = broken.find((fault) => fault.startsWith("old answered"));
    if (caught === undefined) throw new Error("a migration that renames a column under the old release was not noticed");
    return {
      name,
      ...outcomeFigures(found),
      remark: `${commit} ${remarkOn(found)}; a migration that renames a column is caught: ${caught}`,
    };
  });
}

/** @throws Error if `ref` names a commit that does not exist */
function findReleaseOrError(ref: string | undefined): Release | NoEarlierReleaseError {
  try {
    return findEarlierRelease(ref);
  } catch (reason) {
    if (ref === undefined && reason instanceof NoEarlierReleaseError) return reason;
    throw reason;
  }
}

/** Installs both releases, and removes everything afterwards. */
async function withBothReleases<T>(
  release: Release,
  work: (releases: Readonly<Record<Side, InstalledServer>>, databases: Databases) => Promise<T>,
): Promise<T> {
  const undo: (() => unknown)[] = [];
  try {
    const sources = exportRelease(release, (line) => void process.stderr.write(`${line}\n`));
    undo.push(() => sources.remove());
    const databases = await openDatabases();
    undo.push(() => databases.close());
    const old = installServer(sources.folder);
    undo.push(() => old.remove());
    const fresh = installServer();
    undo.push(() => fresh.remove());
    return await work({ old, new: fresh }, databases);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function outcomeFigures(found: Rollout): Omit<Outcome, "name"> {
  const { answers, unanswered } = found;
  const requests = answers.length + unanswered.length;
  return { requests, answered: answers.length, lost: lostIn(found).length, recoveredAfterMs: null };
}

function remarkOn({ answers, findings, migrated, moved }: Rollout): string {
  const [old, fresh] = (["old", "new"] as const).map((side) => answers.filter((answer) => answer.side === side).length);
  const given = `gave ${old} tokens and this one ${fresh}, after ${migrated.join(", ") || "no migration"}`;
  return `${given}; ${findings.length} checks across them, ${moved} requests moved when the old one stopped`;
}
