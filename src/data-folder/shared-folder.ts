import { lstatSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Other users may write to the data folder, or move it. The message says what to do. */
export class SharedFolderError extends Error {}

const [groupWrite, othersWrite, sticky] = [0o020, 0o002, 0o1000];

/**
 * Refuses a data folder to which users other than its owner may write: they could replace the server's secrets. Refuses it as well
 * below a folder in which every user may rename it (not so in /tmp, whose sticky bit forbids that). A folder that does not exist is
 * judged by those above it. Windows has no such modes. For root, links on the way are judged too.
 * @throws SharedFolderError
 */
export function refuseSharedFolder(folder: string): void {
  if (process.platform === "win32") return;
  if (process.getuid?.() === 0) refuseForeignLinks(resolve(folder));
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

/**
 * Another user's link on the way may lead to a folder of that user, and to no other: the next target could be a folder of root's, where
 * the server would then make its files. Linux follows links in /tmp by the same rule (proc(5), protected_symlinks).
 */
function refuseForeignLinks(folder: string): void {
  for (const path of listParents(folder, false)) {
    const link = lstatSync(path, { throwIfNoEntry: false });
    if (link?.isSymbolicLink() !== true || link.uid === 0) continue;
    const owner = statSync(path, { throwIfNoEntry: false })?.uid;
    if (owner !== link.uid)
      throw new SharedFolderError(`${path} is another user's link out of that user's folders. Name the data folder without the link.`);
  }
}

function findDeepestExisting(folder: string): string {
  return lstatSync(folder, { throwIfNoEntry: false }) === undefined ? findDeepestExisting(dirname(folder)) : folder;
}

function listParents(folder: string, isExcluded: boolean): string[] {
  const parent = dirname(folder);
  return [...(isExcluded ? [] : [folder]), ...(parent === folder ? [] : listParents(parent, false))];
}
