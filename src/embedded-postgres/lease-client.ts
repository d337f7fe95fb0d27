import { lstatSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { UnusableFolder } from "./folder";
import { type Farewell, HELLO, type Welcome } from "./lease-server";
import type { Places } from "./paths";

/** Nobody listens, or stopped doing so this moment. */
const NOBODY = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EAGAIN", "ENOTSOCK"]);

/** One user's open connection to the keeper, which keeps PostgreSQL running. */
export interface Lease {
  readonly welcome: Welcome;
  /** Resolves when the connection is gone: with the keeper's reason if it gave one. */
  readonly ended: Promise<string | undefined>;
  end(): Promise<void>;
}

/**
 * Connects to the keeper and waits until it says that PostgreSQL takes sessions.
 * @param patience how long to wait for that, in ms
 * @returns undefined when no keeper answers
 * @throws Error when the folder belongs to another user, or the keeper just gave up
 */
export async function openLease(places: Places, patience: number): Promise<Lease | undefined> {
  refuseForeignSocket(places);
  const socket = connect(places.keeperAddress);
  const errors: NodeJS.ErrnoException[] = [];
  socket.on("error", (error) => errors.push(error));
  socket.write(HELLO);
  const closed = new Promise<undefined>((resolve) => socket.once("close", () => resolve(undefined)));
  const farewell = { reason: undefined as string | undefined };
  const hurry = setTimeout(() => socket.destroy(), patience);
  const welcome = await Promise.race([firstWelcome(socket, farewell), closed]);
  clearTimeout(hurry);
  if (farewell.reason !== undefined) throw new Error(farewell.reason);
  if (errors.some(({ code }) => code === "EACCES" || code === "EPERM")) throw belongsToAnother(places);
  const unknown = errors.find(({ code }) => !NOBODY.has(code ?? ""));
  if (unknown !== undefined) throw unknown;
  if (welcome === undefined) return undefined;
  socket.unref();
  return leaseOn(
    socket,
    welcome,
    closed.then(() => farewell.reason),
  );
}

function leaseOn(socket: Socket, welcome: Welcome, ended: Promise<string | undefined>): Lease {
  return {
    welcome,
    ended,
    async end() {
      socket.ref(); // so that whoever waits for the end gets it
      socket.destroy();
      await ended;
    },
  };
}

function firstWelcome(socket: Socket, farewell: { reason: string | undefined }): Promise<Welcome> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: socket });
    lines.on("error", () => undefined); // the socket's own listener has it
    lines.on("line", (line) => {
      const message = JSON.parse(line) as Welcome | Farewell;
      if ("lost" in message) farewell.reason = message.lost;
      else resolve(message);
    });
  });
}

/** Whether a keeper listens there. */
export async function answers(keeperAddress: string): Promise<boolean> {
  const socket = connect(keeperAddress);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** In /tmp anybody could have put a socket under the name we look for. */
function refuseForeignSocket(places: Places): void {
  if (places.shortFolder === undefined) return;
  const found = lstatSync(places.shortFolder, { throwIfNoEntry: false });
  if (found === undefined || found.uid === statSync(places.folder).uid) return;
  throw new UnusableFolder(`${places.shortFolder} belongs to somebody else. Remove it.`);
}

function belongsToAnother(places: Places): Error {
  return new UnusableFolder(`The database in ${places.folder} is run by another user. Start as that user, or as root.`);
}
