import { lstatSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { UnusableFolderError } from "./folder";
import { type LeaseFarewell, leaseRequest, type LeaseWelcome } from "./lease-server";
import type { DataPaths } from "./paths";

/** Error codes that mean: no keeper listens, or it has stopped listening at this moment. */
const noKeeperCodes = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EAGAIN", "ENOTSOCK"]);

/** An open connection to the keeper. While a user holds one, PostgreSQL keeps running. */
export interface Lease {
  readonly welcome: LeaseWelcome;
  /** Resolves when the connection has closed: with the keeper's reason, if it sent one. */
  readonly ended: Promise<string | undefined>;
  end(): Promise<void>;
}

/**
 * Connects to the keeper and waits until PostgreSQL accepts sessions.
 * @param timeoutMs how long to wait for that
 * @returns undefined if no keeper answers
 * @throws UnusableFolderError if the folder belongs to another user; Error if the keeper has just given up
 */
export async function openLease(paths: DataPaths, timeoutMs: number): Promise<Lease | undefined> {
  refuseForeignSocket(paths);
  const socket = connect(paths.keeperAddress);
  const errors: NodeJS.ErrnoException[] = [];
  socket.on("error", (error) => errors.push(error));
  socket.write(leaseRequest);
  const closed = new Promise<undefined>((resolve) => socket.once("close", () => resolve(undefined)));
  const farewell = { reason: undefined as string | undefined };
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const welcome = await Promise.race([readWelcome(socket, farewell), closed]);
  clearTimeout(timer);
  if (farewell.reason !== undefined) throw new Error(farewell.reason);
  if (errors.some(({ code }) => code === "EACCES" || code === "EPERM")) throw makeForeignUserError(paths);
  const unknown = errors.find(({ code }) => !noKeeperCodes.has(code ?? ""));
  if (unknown !== undefined) throw unknown;
  if (welcome === undefined) return undefined;
  socket.unref(); // a lease must not keep the process running
  return makeLease(
    socket,
    welcome,
    closed.then(() => farewell.reason),
  );
}

function makeLease(socket: Socket, welcome: LeaseWelcome, ended: Promise<string | undefined>): Lease {
  return {
    welcome,
    ended,
    async end() {
      socket.ref(); // `openLease` took it off the event loop: without this, the process could end before the socket has closed
      socket.destroy();
      await ended;
    },
  };
}

/** @param farewell gets the keeper's reason, should it end the lease now or later */
function readWelcome(socket: Socket, farewell: { reason: string | undefined }): Promise<LeaseWelcome> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: socket });
    lines.on("error", () => undefined); // the socket's own listener collects it
    lines.on("line", (line) => {
      const message = JSON.parse(line) as LeaseWelcome | LeaseFarewell;
      if ("lost" in message) farewell.reason = message.lost;
      else resolve(message);
    });
  });
}

/** @returns whether a keeper listens at the address */
export async function isKeeperListening(keeperAddress: string): Promise<boolean> {
  const socket = connect(keeperAddress);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** In /tmp, any user of the machine could have created a socket under the name that is expected here. */
function refuseForeignSocket(paths: DataPaths): void {
  if (paths.shortFolder === undefined) return;
  const found = lstatSync(paths.shortFolder, { throwIfNoEntry: false });
  if (found === undefined || found.uid === statSync(paths.folder).uid) return;
  throw new UnusableFolderError(`${paths.shortFolder} belongs to another user. Remove it.`);
}

function makeForeignUserError(paths: DataPaths): UnusableFolderError {
  return new UnusableFolderError(`The database in ${paths.folder} is run by another user. Start as that user, or as root.`);
}
