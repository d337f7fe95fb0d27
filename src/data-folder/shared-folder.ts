import { lstatSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Other users may write to the data folder. The message says what to do. */
export class SharedFolderError extends Error {}

const [groupWrite, othersWrite, sticky] = [0o020, 0o002, 0o1000];

/**
 * Refuses a data folder to which users other than its owner may write: they could replace the server's secrets. Refuses it as well
 * below a folder in which every user may rename it (not so in /tmp, whose sticky bit forbids that). A folder that does not exist is
 * judged by those above it. Windows has no such modes.
 * @throws SharedFolderError
 */
export function refuseSharedFolder(folder: string): void {
  if (process.platform === "win32") return;
  const existing = findDeepestExisting(folder);
  const mode = statSync(existing).mode;
  if (existing === folder && (mode & (groupWrite | othersWrite)) !== 0)
    throw new SharedFolderError(`Other users may write to the data folder ${folder}. Forbid that: chmod go-w ${folder}`);
  for (const parent of listParents(realpathSync(existing), existing === folder)) {
    const parentMode = statSync(parent).mode;
    if ((parentMode & othersWrite) !== 0 && (parentMode & sticky) === 0)
      throw new SharedFolderError(
        `Every user may rename the data folder ${folder}, since ${parent} is open. Forbid that: chmod o-w ${parent}`,
      );
  }
}

function findDeepestExisting(folder: string): string {
  return lstatSync(folder, { throwIfNoEntry: false }) === undefined ? findDeepestExisting(dirname(folder)) : folder;
}

function listParents(folder: string, isExcluded: boolean): string[] {
  const parent = dirname(folder);
  return [...(isExcluded ? [] : [folder]), ...(parent === folder ? [] : listParents(parent, false))];
}
