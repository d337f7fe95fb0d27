import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { AnyServer } from "./server";

/** Milliseconds for a connection on which nobody has asked anything yet: whoever makes one usually has a request to send. */
const newcomerMs = 1_000;
/** Milliseconds from the beginning of the drain until a connection is taken for idle, however soon the rest is over. */
const idleMs = 200;
/** Milliseconds for the other end to hang up after we did. */
const lingerMs = 1_000;
const sweepMs = 20;

/** The connections of servers that are to end without cutting anybody off. */
export interface Drain {
  /** Follows what comes to this server. To be called once it has all its listeners. */
  follow(server: AnyServer): void;
  /** From now on every answer is the last on its connection, and says so. */
  begin(): void;
  /**
   * To be called when no more connections come. Resolves when there is none left.
   * @param withinMs then the rest is cut off
   */
  finish(withinMs: number): Promise<void>;
}

export function makeDrain(): Drain {
  /** All of them, those in the middle of a handshake too. */
  const open = new Set<Socket>();
  /** Those that requests come on, with TLS or without. */
  const speaking = new Map<Socket, { since: number; bytesRead: number }>();
  /** The answer to the last request on a connection, until it is given. */
  const owed = new Map<Socket, ServerResponse>();
  /** What is still asked on these cannot be answered, and so must not be done. */
  const parted = new WeakSet<Socket>();
  let begunAt: number | undefined;

  /** @returns whether the request can be answered */
  function admit({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (parted.has(socket)) return false;
    const before = owed.get(socket);
    if (begunAt !== undefined && !letSayFarewell(before, response)) return false;
    owed.set(socket, response);
    response.on("close", settle);
    return true;
  }

  function settle(this: ServerResponse): void {
    const { socket } = this.req;
    if (owed.get(socket) === this) owed.delete(socket);
    if (begunAt !== undefined && saysFarewell(this)) parted.add(socket);
  }

  function hangUp(socket: Socket): void {
    parted.add(socket);
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  }

  function isForgotten(socket: Socket, now: number): boolean {
    const { since, bytesRead } = speaking.get(socket) ?? { since: now, bytesRead: 0 };
    if (owed.has(socket) || parted.has(socket)) return false;
    if (socket.writableEnded) return true;
    // Node sets this timeout when it has answered, and takes it away at the first byte of the next request.
    if ((socket.timeout ?? 0) > 0) return now - (begunAt ?? now) >= idleMs;
    // Where a request has begun it is Node that sees to its end, good or bad.
    return socket.bytesRead === bytesRead && now - since >= newcomerMs;
  }

  function sweep(): void {
    const now = performance.now();
    for (const socket of speaking.keys()) if (isForgotten(socket, now)) hangUp(socket);
  }

  return {
    follow: (server) => {
      const answer = server.listeners("request") as RequestListener[];
      server.removeAllListeners("request");
      server.on("request", (request, response) => {
        if (admit(request, response)) for (const each of answer) each.call(server, request, response);
      });
      server.on("connection", (socket: Socket) => hold(open, socket));
      server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket: Socket) => {
        speaking.set(socket, { since: performance.now(), bytesRead: socket.bytesRead });
        socket.once("close", () => speaking.delete(socket));
      });
    },
    begin: () => {
      begunAt ??= performance.now();
      for (const response of owed.values()) if (!response.headersSent) response.setHeader("Connection", "close");
    },
    finish: (withinMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => open.forEach((socket) => socket.destroy()), withinMs);
        const sweeping = setInterval(() => {
          // When all that has arrived by now is read: nobody is hung up on whose request is here.
          setImmediate(sweep);
          if (open.size > 0) return;
          clearInterval(sweeping);
          clearTimeout(cut);
          resolve();
        }, sweepMs);
      }),
  };
}

function hold(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  socket.once("close", () => open.delete(socket));
}

/**
 * Makes this answer the last one. Of several requests sent at once the last one has the last answer: with an earlier one the
 * rest would be lost. @returns false if the one before was the last one already
 */
function letSayFarewell(before: ServerResponse | undefined, response: ServerResponse): boolean {
  if (before !== undefined && saysFarewell(before)) {
    if (before.headersSent) return false;
    before.removeHeader("Connection");
  }
  response.setHeader("Connection", "close");
  return true;
}

function saysFarewell(response: ServerResponse): boolean {
  return response.getHeader("Connection") === "close";
}
