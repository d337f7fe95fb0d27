import { join } from "node:path";
import { getKeeperAddress, hashFolder, onWindows } from "./platform";

/** The paths of the files that belong to one data folder. */
export interface DataPaths {
  readonly folder: string;
  readonly pgdata: string;
  /** The address where the keeper listens: a socket path, or a pipe name on Windows. */
  readonly keeperAddress: string;
  /** The folder of PostgreSQL's socket (Unix). */
  readonly socketFolder: string;
  /** A folder under /tmp for both sockets, if the data folder's path is too long for a socket. */
  readonly shortFolder: string | undefined;
  readonly keeperLog: string;
  readonly postgresLog: string;
  /** Used on Windows only. */
  readonly passwordFile: string;
}

/** Kernels refuse socket paths over 104 (macOS) or 108 (Linux) bytes. */
const maxSocketPathBytes = 100;
const longestSocketNameBytes = "/pgdata/.s.PGSQL.5432".length;

/** Derives the paths from the data folder, which must be absolute and without symlinks. Reads and writes no files. */
export function derivePaths(folder: string): DataPaths {
  const fits = onWindows || Buffer.byteLength(folder) + longestSocketNameBytes < maxSocketPathBytes;
  // Not os.tmpdir(): two processes that use one folder must agree, even if their TMPDIR differs.
  const shortFolder = fits ? undefined : join("/tmp", `polymint-${hashFolder(folder)}-sockets`);
  const pgdata = join(folder, "pgdata");
  return {
    folder,
    pgdata,
    keeperAddress: getKeeperAddress(folder, shortFolder ?? folder),
    socketFolder: shortFolder === undefined ? pgdata : join(shortFolder, "postgres"),
    shortFolder,
    keeperLog: join(folder, "keeper.log"),
    postgresLog: join(folder, "postgres.log"),
    passwordFile: join(folder, "postgres-password"),
  };
}
