/** A proxy to the database that can fail in all the ways of a network. */
import { createServer, connect, type Server, type Socket } from "node:net";

/** A proxy on the way to the database that can fail on purpose. */
export interface FaultyWire {
  /** For `startPolymint({ connectThrough })`. */
  through(connection: Record<string, unknown>): Record<string, unknown>;
  /** Closes all connections, and every new one at once, like a proxy whose database went down. */
  cut(): void;
  /** Resets all connections (RST), and every new one. */
  reset(): void;
  /** Stops listening: closes all connections, and new ones are refused. */
  refuse(): Promise<void>;
  /** Swallows all bytes of all connections, new ones included, like a silent network. */
  silence(): void;
  /** Delays all bytes by so many milliseconds, each way. */
  slow(ms: number): void;
  /** Passes on so many more bytes from the database, then closes every connection that would receive more. */
  cutAfter(bytes: number): void;
  /**
   * Lets the next COMMIT reach the database, and closes its connection before the answer gets back.
   * @param words texts one of which identifies the message: for commits without a COMMIT, the name of a prepared statement
   */
  loseNextCommit(...words: string[]): void;
  /** Ends the fault, and closes all connections from before. */
  mend(): void;
  /** Ends the silence for new connections only: connections from before stay silent for good. */
  mendForNewConnections(): void;
  /** Round trips so far. Messages to the database share one if none of them waited for an answer to another: make the wire slow. */
  countTrips(): number;
  close(): Promise<void>;
}

type WireState = { kind: "whole" | "cut" | "reset" | "silent" } | { kind: "slow"; ms: number } | { kind: "short"; bytes: number };

type Target = { path: string } | { host: string; port: number };

/** Makes a proxy between the server and its PostgreSQL, which may listen on a Unix socket or TCP. */
export async function makeFaultyWire(): Promise<FaultyWire> {
  let target: Target = { path: "" };
  const traffic = makeTraffic();
  const { become } = traffic;
  const server: Server = createServer((near) => traffic.accept(near, target));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    through: (connection) => {
      const led = leadThrough(connection, port);
      target = led.target;
      return led.connection;
    },
    countTrips: traffic.countTrips,
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
    loseNextCommit: (...words) => traffic.loseNext(words.length === 0 ? ["COMMIT"] : words),
    mend: () => {
      become({ kind: "whole" });
      traffic.breakAll();
      if (!server.listening) server.listen(port, "127.0.0.1");
    },
    mendForNewConnections: () => {
      traffic.silenceForGood();
      become({ kind: "whole" });
    },
    close: async () => {
      become({ kind: "cut" });
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @returns the connection parameters that lead to the proxy's port, and where they led before */
function leadThrough(connection: Record<string, unknown>, port: number): { connection: Record<string, unknown>; target: Target } {
  const { connectionString, host, port: to } = connection as { connectionString?: string; host?: string; port?: number };
  const url = connectionString === undefined ? undefined : new URL(connectionString);
  if (url !== undefined) {
    const target = { host: url.hostname, port: Number(url.port === "" ? 5432 : url.port) };
    url.hostname = "127.0.0.1";
    url.port = String(port);
    return { connection: { connectionString: url.href }, target };
  }
  const target = host?.startsWith("/") ? { path: `${host}/.s.PGSQL.${to ?? 5432}` } : { host: host ?? "localhost", port: to ?? 5432 };
  return { connection: { ...connection, host: "127.0.0.1", port }, target };
}

/** Passes bytes between the two sides of each connection, as far as the state of the wire allows. */
function makeTraffic() {
  let state: WireState = { kind: "whole" };
  let losing: readonly string[] = [];
  const trips = makeTripCounter();
  const sockets = new Set<Socket>();
  const silentForGood = new Set<Socket>();
  const kind = (near: Socket) => (silentForGood.has(near) ? "silent" : state.kind);
  const end = (near: Socket) => (state.kind === "reset" ? near.resetAndDestroy() : near.destroy());
  const write = (near: Socket, to: Socket, chunk: Buffer): void => {
    if (to === near) trips.answer();
    to.write(chunk);
  };
  const pass = (near: Socket, to: Socket, chunk: Buffer): void => {
    if (kind(near) === "silent") return;
    if (state.kind === "slow") setTimeout(() => kind(near) !== "silent" && to.writable && write(near, to, chunk), state.ms);
    else write(near, to, chunk);
  };
  const shorten = (near: Socket, chunk: Buffer, lost: boolean): void => {
    const bytes = state.kind === "short" && !lost ? state.bytes : 0;
    if (bytes > 0) near.write(chunk.subarray(0, bytes));
    if (lost || chunk.length >= bytes) near.destroySoon();
    if (state.kind === "short") state = { kind: "short", bytes: Math.max(0, bytes - chunk.length) };
  };
  const join = (near: Socket, far: Socket): void => {
    let lost = false;
    near.on("data", (chunk: Buffer) => {
      trips.ask(chunk);
      if (losing.some((word) => chunk.includes(word))) [losing, lost] = [[], true];
      pass(near, far, chunk);
    });
    far.on("data", (chunk: Buffer) => {
      if (lost || kind(near) === "short") shorten(near, chunk, lost);
      else pass(near, near, chunk);
    });
  };
  const breakAll = (): void => sockets.forEach(end);
  return {
    breakAll,
    countTrips: trips.count,
    accept: (near: Socket, target: Target): void => {
      sockets.add(near);
      near.on("close", () => sockets.delete(near) && silentForGood.delete(near)).on("error", () => near.destroy());
      if (state.kind === "cut" || state.kind === "reset") return void end(near);
      const far = connect(target as never);
      // A silent wire does not report the end of the other side either.
      const farEnded = () => kind(near) === "silent" || near.destroy();
      far.on("error", farEnded).on("close", farEnded);
      near.on("close", () => far.destroy());
      join(near, far);
    },
    become: (next: WireState): void => {
      state = next;
      if (next.kind === "cut" || next.kind === "reset") breakAll();
    },
    loseNext: (words: readonly string[]): void => void (losing = words),
    silenceForGood: (): void => sockets.forEach((socket) => silentForGood.add(socket)),
  };
}

function makeTripCounter() {
  let trips = 0;
  let isAnswerDue = false;
  return {
    count: () => trips,
    ask: (chunk: Buffer): void => {
      // A Terminate message, whose first byte is an X, has no answer.
      const expectsAnswer = chunk[0] !== "X".charCodeAt(0);
      if (expectsAnswer && !isAnswerDue) trips += 1;
      isAnswerDue ||= expectsAnswer;
    },
    answer: (): void => void (isAnswerDue = false),
  };
}
