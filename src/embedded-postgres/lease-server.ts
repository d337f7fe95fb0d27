import { renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { onWindows } from "./platform";

/** The first bytes that a user sends. A connection without them only tests whether a keeper listens. */
export const leaseRequest = "use\n";

/** The first JSON line for a user: PostgreSQL accepts sessions. */
export interface LeaseWelcome {
  readonly host: string;
  readonly port: number;
  /** True for the first user of a new data directory only. */
  readonly fresh: boolean;
}

/** The last JSON line for a user: the keeper gives up, for this reason. */
export interface LeaseFarewell {
  readonly lost: string;
}

/** Milliseconds. */
const firstUserTimeoutMs = 10_000;
const idleTimeoutMs = 1_000;

export interface LeaseServer {
  /** Resolves when there has been no user for a while; no more users are accepted then. */
  readonly idle: Promise<"idle">;
  /** Starts listening and replaces the socket of a dead keeper. Only for the holder of the keeper lock. */
  listen(): Promise<void>;
  /** From now on, becomes idle as soon as the last user leaves. */
  skipIdleWait(): void;
  /** Sends the reason why the database is lost to every user, and accepts no more. */
  endLeases(reason: string): void;
}

/**
 * Keeps the open connections of the users. A connection is a lease: the kernel closes it however the user's process ends, so
 * nothing else has to be recorded.
 * @param address where to listen, see `getKeeperAddress`
 * @param waitForWelcome gives the first message for a user, when PostgreSQL accepts sessions
 */
export function makeLeaseServer(address: string, waitForWelcome: () => Promise<LeaseWelcome>): LeaseServer {
  const users = new Set<Socket>();
  let idleWaitMs = idleTimeoutMs;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let becomeIdle: (idle: "idle") => void = () => undefined;
  const idle = new Promise<"idle">((resolve) => (becomeIdle = resolve));

  const server = createServer((socket) => {
    socket.on("error", () => undefined); // 'close' follows
    socket.once("data", () => addUser(socket)).resume();
  });

  function addUser(user: Socket): void {
    if (isClosed) {
      user.destroy();
      return;
    }
    clearTimeout(timer);
    users.add(user);
    user.on("close", () => removeUser(user));
    waitForWelcome().then(
      (message) => user.write(`${JSON.stringify(message)}\n`),
      () => user.destroy(),
    );
  }

  function removeUser(user: Socket): void {
    users.delete(user);
    if (users.size === 0) closeAfter(idleWaitMs);
  }

  function closeAfter(milliseconds: number): void {
    clearTimeout(timer);
    if (!isClosed) timer = setTimeout(close, milliseconds);
  }

  function close(): void {
    clearTimeout(timer);
    isClosed = true;
    if (!onWindows) rmSync(address, { force: true });
    server.close();
    becomeIdle("idle");
  }

  return {
    idle,
    listen: async () => {
      await listenInPlace(server, address);
      closeAfter(firstUserTimeoutMs);
    },
    skipIdleWait: () => {
      idleWaitMs = 0;
      if (users.size === 0) closeAfter(0);
    },
    endLeases: (reason) => {
      const line = `${JSON.stringify({ lost: reason } satisfies LeaseFarewell)}\n`;
      for (const user of users) user.end(line);
      close();
    },
  };
}

/** Binds to a temporary name and renames it, which replaces a stale socket without a gap. */
async function listenInPlace(server: Server, address: string): Promise<void> {
  const temporary = onWindows ? address : `${address}.${process.pid}`;
  if (!onWindows) rmSync(temporary, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(temporary, resolve);
  });
  if (!onWindows) renameSync(temporary, address);
}
