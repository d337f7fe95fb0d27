import { renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { onWindows } from "./platform";

/** What a user says first. A connection without it is somebody looking whether we are here. */
export const HELLO = "use\n";

/** The first JSON line for a user: PostgreSQL takes sessions. */
export interface Welcome {
  readonly host: string;
  readonly port: number;
  /** For the first user of a new cluster only. */
  readonly fresh: boolean;
}

/** The last JSON line for a user: the keeper gives up. */
export interface Farewell {
  readonly lost: string;
}

const FIRST_USER_WITHIN = 10_000; // ms
const STAY_WITHOUT_USERS = 1_000; // ms

/**
 * The open connections of the users. A connection is a lease: the kernel closes it whatever kills the user,
 * so nothing else has to be remembered. Without any for a while, `idle` resolves and no more are taken.
 */
export class Leases {
  readonly idle: Promise<"idle">;
  private readonly server: Server;
  private readonly open = new Set<Socket>();
  private timer: NodeJS.Timeout | undefined;
  private stay = STAY_WITHOUT_USERS;
  private closed = false;
  private becomeIdle: (idle: "idle") => void = () => undefined;

  /**
   * @param address where to listen, see `keeperAddress`
   * @param welcome the first message for a user; resolves when PostgreSQL takes sessions
   */
  constructor(
    private readonly address: string,
    private readonly welcome: () => Promise<Welcome>,
  ) {
    this.idle = new Promise((resolve) => (this.becomeIdle = resolve));
    this.server = createServer((caller) => {
      caller.on("error", () => undefined); // 'close' follows
      caller.once("data", () => this.take(caller)).resume();
    });
  }

  /** Starts listening, in the place of a dead keeper's socket. Only for the holder of the keeper lock. */
  async listen(): Promise<void> {
    // Bound under a name of our own and renamed: replaces the stale socket without a gap.
    const bound = onWindows ? this.address : `${this.address}.${process.pid}`;
    if (!onWindows) rmSync(bound, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(bound, resolve);
    });
    if (!onWindows) renameSync(bound, this.address);
    this.wait(FIRST_USER_WITHIN);
  }

  /** From now on the last user's end is the end: no waiting for the next. */
  hurry(): void {
    this.stay = 0;
    if (this.open.size === 0) this.wait(0);
  }

  /** Tells every user that the database is lost, and takes no more. */
  refuse(reason: string): void {
    const line = `${JSON.stringify({ lost: reason } satisfies Farewell)}\n`;
    for (const user of this.open) user.end(line);
    this.close();
  }

  private take(user: Socket): void {
    if (this.closed) {
      user.destroy();
      return;
    }
    clearTimeout(this.timer);
    this.open.add(user);
    user.on("close", () => this.leave(user));
    this.welcome().then(
      (message) => user.write(`${JSON.stringify(message)}\n`),
      () => user.destroy(),
    );
  }

  private leave(user: Socket): void {
    this.open.delete(user);
    if (this.open.size === 0) this.wait(this.stay);
  }

  private wait(milliseconds: number): void {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => this.close(), milliseconds);
  }

  private close(): void {
    clearTimeout(this.timer);
    this.closed = true;
    if (!onWindows) rmSync(this.address, { force: true });
    this.server.close();
    this.becomeIdle("idle");
  }
}
