import { createServer, connect, type Server, type Socket } from "node:net";

/** A stretch of wire to the database that can be broken on purpose. */
export interface FaultyWire {
  /** For `startPolymint({ connectThrough })`. */
  through(connection: Record<string, unknown>): Record<string, unknown>;
  /** Ends all connections there are and every new one at once, as a database that went down behind a proxy. */
  cut(): void;
  /** Resets all connections there are (RST) and every new one. */
  reset(): void;
  /** Nobody listens any more: new connections are refused, and those there are end. */
  refuse(): Promise<void>;
  /** Swallows everything without a word, as a network that went silent; new connections too. */
  silence(): void;
  /** Everything takes that much longer, each way. */
  slow(ms: number): void;
  /** After so many more bytes from the database, breaks every connection on which another one would come. */
  cutAfter(bytes: number): void;
  /**
   * Lets the next COMMIT reach the database, and drops its connection before the answer gets back.
   * @param word what marks it, where it is not a statement of its own: the name of a prepared one
   */
  loseNextCommit(word?: string): void;
  /** As new: connections there were are ended. */
  mend(): void;
  /** The network is back, but what it swallowed is lost: connections from before stay silent for good. */
  mendForNewcomers(): void;
  close(): Promise<void>;
}

type Fault = { kind: "whole" | "cut" | "reset" | "silent" } | { kind: "slow"; ms: number } | { kind: "short"; bytes: number };

/** Stands between the server and its PostgreSQL on a Unix socket or TCP. */
export async function makeFaultyWire(): Promise<FaultyWire> {
  let target: { path: string } | { host: string; port: number } = { path: "" };
  let fault: Fault = { kind: "whole" };
  let losing: string | undefined;
  const sockets = new Set<Socket>();
  const lostForGood = new Set<Socket>();
  const kind = (near: Socket) => (lostForGood.has(near) ? "silent" : fault.kind);
  const end = (near: Socket) => (fault.kind === "reset" ? near.resetAndDestroy() : near.destroy());

  const server: Server = createServer((near) => {
    sockets.add(near);
    near.on("close", () => sockets.delete(near) && lostForGood.delete(near)).on("error", () => near.destroy());
    if (fault.kind === "cut" || fault.kind === "reset") {
      end(near);
      return;
    }
    const far = connect(target as never);
    // A wire that lies dead does not tell either what happens at its other end.
    const farEnded = () => kind(near) === "silent" || near.destroy();
    far.on("error", farEnded).on("close", farEnded);
    near.on("close", () => far.destroy());
    let lost = false;
    near.on("data", (chunk: Buffer) => {
      if (losing !== undefined && chunk.includes(losing)) [losing, lost] = [undefined, true];
      pass(near, far, chunk);
    });
    far.on("data", (chunk: Buffer) => {
      if (lost || kind(near) === "short") shorten(near, chunk, lost);
      else pass(near, near, chunk);
    });
  });

  function pass(near: Socket, to: Socket, chunk: Buffer): void {
    if (kind(near) === "silent") return;
    if (fault.kind === "slow") setTimeout(() => kind(near) !== "silent" && to.writable && to.write(chunk), fault.ms);
    else to.write(chunk);
  }

  function shorten(near: Socket, chunk: Buffer, lost: boolean): void {
    const bytes = fault.kind === "short" && !lost ? fault.bytes : 0;
    if (bytes > 0) near.write(chunk.subarray(0, bytes));
    if (lost || chunk.length >= bytes) near.destroySoon();
    if (fault.kind === "short") fault = { kind: "short", bytes: Math.max(0, bytes - chunk.length) };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };

  function breakAll(): void {
    for (const socket of sockets) end(socket);
  }
  function become(next: Fault): void {
    fault = next;
    if (next.kind === "cut" || next.kind === "reset") breakAll();
  }

  return {
    through: (connection) => {
      const { connectionString, host, port: to } = connection as { connectionString?: string; host?: string; port?: number };
      const url = connectionString === undefined ? undefined : new URL(connectionString);
      if (url !== undefined) {
        target = { host: url.hostname, port: Number(url.port === "" ? 5432 : url.port) };
        url.hostname = "127.0.0.1";
        url.port = String(port);
        return { connectionString: url.href };
      }
      target = host?.startsWith("/") ? { path: `${host}/.s.PGSQL.${to ?? 5432}` } : { host: host ?? "localhost", port: to ?? 5432 };
      return { ...connection, host: "127.0.0.1", port };
    },
    cut: () => become({ kind: "cut" }),
    reset: () => become({ kind: "reset" }),
    refuse: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      become({ kind: "cut" });
      await closed;
    },
    silence: () => become({ kind: "silent" }),
    slow: (ms) => become({ kind: "slow", ms }),
    cutAfter: (bytes) => become({ kind: "short", bytes }),
    loseNextCommit: (word = "COMMIT") => {
      losing = word;
    },
    mend: () => {
      become({ kind: "whole" });
      breakAll();
      if (!server.listening) server.listen(port, "127.0.0.1");
    },
    mendForNewcomers: () => {
      for (const socket of sockets) lostForGood.add(socket);
      become({ kind: "whole" });
    },
    close: async () => {
      become({ kind: "cut" });
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
