/** A small Redis server in this process, which a test can silence. */
import { createServer, type Socket } from "node:net";

/** A Redis server that a test can stop, silence and start again. */
export interface TestRedis {
  url: string;
  /** Stops it at once: closes every connection and accepts no more. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Stops answering on all connections. */
  silence(): void;
  /** Answers again, beginning with the commands that came meanwhile. */
  resume(): void;
  keys(): Promise<string[]>;
  /** Stops it for good. */
  close(): Promise<void>;
}

interface Counter {
  value: number;
  /** Milliseconds since the epoch. */
  endsAt: number;
}

type Reply = number | string | null | Error | Reply[];

/** Starts a server that speaks enough of the Redis protocol for counting, and keeps its counters in memory. They survive `stop`. */
export async function makeSmallRedis(): Promise<TestRedis> {
  const counters = new Map<string, Counter>();
  const sockets = new Set<Socket>();
  let isSilent = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    serve(socket, counters);
    if (isSilent) socket.pause();
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as { port: number };
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    url: `redis://127.0.0.1:${port}`,
    stop,
    start: () => listen(port),
    silence: () => {
      isSilent = true;
      for (const socket of sockets) socket.pause();
    },
    resume: () => {
      isSilent = false;
      for (const socket of sockets) socket.resume();
    },
    keys: async () => [...counters.keys()],
    close: stop,
  };
}

/** RESP2: every command is an array of bulk strings. */
function serve(socket: Socket, counters: Map<string, Counter>): void {
  let received = "";
  let queue: string[][] | undefined;
  const answerTo = (words: string[]): Reply => {
    const name = words[0]?.toLowerCase();
    if (name === "multi") {
      queue = [];
      return "OK";
    }
    if (name === "exec") {
      const queued = queue ?? [];
      queue = undefined;
      return queued.map((each) => executeCommand(each, counters));
    }
    if (queue === undefined) return executeCommand(words, counters);
    queue.push(words);
    return "QUEUED";
  };
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    for (let command = parseCommand(received); command !== undefined; command = parseCommand(received)) {
      received = received.slice(command.length);
      socket.write(encodeReply(answerTo(command.words)));
    }
  });
}

function parseCommand(text: string): { words: string[]; length: number } | undefined {
  const [head, count] = /^\*(\d+)\r\n/.exec(text) ?? [];
  if (head === undefined) return undefined;
  const words: string[] = [];
  let at = head.length;
  for (let index = 0; index < Number(count); index += 1) {
    const [size, length] = /^\$(\d+)\r\n/.exec(text.slice(at)) ?? [];
    if (size === undefined || text.length < at + size.length + Number(length) + 2) return undefined;
    words.push(text.slice(at + size.length, at + size.length + Number(length)));
    at += size.length + Number(length) + 2;
  }
  return { words, length: at };
}

function executeCommand([name = "", ...words]: string[], counters: Map<string, Counter>): Reply {
  const now = Date.now();
  const live = (key: string) => [counters.get(key)].find((found) => found !== undefined && found.endsAt > now);
  switch (name.toLowerCase()) {
    case "info":
      return "redis_version:7.0.0\r\nloading:0\r\n";
    case "get":
      return live(words[0] ?? "")?.value.toString() ?? null;
    case "pttl":
      return Math.max(-2, (live(words[0] ?? "")?.endsAt ?? now - 2) - now);
    // The only script adds to a counter, and sets its time to live when it is new. ARGV: points, seconds.
    case "eval":
    case "evalsha": {
      const [, , key = "", points, seconds] = words;
      const counter = live(key) ?? { value: 0, endsAt: now + Number(seconds) * 1000 };
      counter.value += Number(points);
      counters.set(key, counter);
      return [counter.value, counter.endsAt - now];
    }
    case "client":
    case "select":
      return "OK";
    default:
      return new Error(`ERR unknown command ${name}`);
  }
}

function encodeReply(reply: Reply): string {
  if (reply === null) return "$-1\r\n";
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (typeof reply === "number") return `:${reply}\r\n`;
  if (typeof reply === "string") return `$${reply.length}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(encodeReply).join("")}`;
}
