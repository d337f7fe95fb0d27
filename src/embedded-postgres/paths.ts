import { join } from "node:path";
import { folderHash, keeperAddress, onWindows } from "./platform";

/** Every path that belongs to one data folder. */
export interface Places {
  readonly folder: string;
  readonly pgdata: string;
  /** Where the keeper listens: a socket path, or a pipe name on Windows. */
  readonly keeperAddress: string;
  /** Where PostgreSQL puts its socket (Unix). */
  readonly socketFolder: string;
  /** A folder under /tmp for both sockets, when the data folder's path is too long for one. */
  readonly shortFolder: string | undefined;
  readonly keeperLog: string;
  readonly postgresLog: string;
  /** Only used on Windows. */
  readonly passwordFile: string;
}

/** Kernels refuse socket paths over 104 (macOS) or 108 (Linux) bytes. */
const SOCKET_PATH_BYTES = 100;
const LONGEST_SOCKET_NAME = "/pgdata/.s.PGSQL.5432".length;

/** The paths for a data folder, which must be absolute and free of symlinks. Touches nothing. */
export function placesIn(folder: string): Places {
  const fits = onWindows || Buffer.byteLength(folder) + LONGEST_SOCKET_NAME < SOCKET_PATH_BYTES;
  // Not os.tmpdir(): two users of one folder must agree, whatever their TMPDIR says.
  const shortFolder = fits ? undefined : join("/tmp", `polymint-${folderHash(folder)}-sockets`);
  const pgdata = join(folder, "pgdata");
  return {
    folder,
    pgdata,
    keeperAddress: keeperAddress(folder, shortFolder ?? folder),
    socketFolder: shortFolder === undefined ? pgdata : join(shortFolder, "postgres"),
    shortFolder,
    keeperLog: join(folder, "keeper.log"),
    postgresLog: join(folder, "postgres.log"),
    passwordFile: join(folder, "postgres-password"),
  };
}
