import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { Connections } from "./connections";
import { isFollowed } from "./pipelining";
import type { AnyServer } from "./http-server";

/** Milliseconds for a connection on which nobody has asked anything yet: whoever makes one usually has a request to send. */
const newcomerMs = 1_000;
/** Milliseconds from the beginning of the drain until a connection is taken for idle, however soon the rest is over. */
const idleMs = 200;
const sweepMs = 20;

/** How servers end without cutting anybody off. */
export interface Drain {
  /** Follows what comes to this server. */
  follow(server: AnyServer): void;
  /** From now on every answer is the last on its connection, and says so. */
  begin(): void;
  /**
   * To be called when no more connections come. Resolves when there is none left.
   * @param withinMs then the rest is cut off
   */
  finish(withinMs: number): Promise<void>;
}

/** @param connections of the servers that are followed */
export function makeDrain(connections: Connections): Drain {
  /** All of them, those in the middle of a handshake too. */
  const open = new Set<Socket>();
  /** Those that requests come on, with TLS or without. */
  const speaking = new Map<Socket, { since: number; bytesRead: number }>();
  let begunAt: number | undefined;

  function sayFarewellIn(response: ServerResponse | undefined): void {
    // Of several requests sent at once the last one has the last answer.
    if (response?.headersSent === false && !isFollowed(response)) response.setHeader("Connection", "close");
  }

  function isIdle(socket: Socket, now: number): boolean {
    const { since, bytesRead } = speaking.get(socket) ?? { since: now, bytesRead: 0 };
    if (connections.unanswered(socket) !== undefined || socket.writableEnded) return false;
    // Node sets this timeout when it has answered, and takes it away at the first byte of the next request.
    if ((socket.timeout ?? 0) > 0) return now - (begunAt ?? now) >= idleMs;
    // Where a request has begun it is Node that sees to its end, good or bad.
    return socket.bytesRead === bytesRead && now - since >= newcomerMs;
  }

  /** Hangs up on who asks nothing; what crosses that on its way is not done, as it could not be answered. */
  function sweep(): void {
    const now = performance.now();
    for (const socket of speaking.keys()) if (isIdle(socket, now)) connections.sayLast(socket, () => socket.end());
  }

  return {
    follow: (server) => {
      server.on("connection", (socket: Socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
      });
      server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket: Socket) => {
        speaking.set(socket, { since: performance.now(), bytesRead: socket.bytesRead });
        socket.once("close", () => speaking.delete(socket));
      });
      server.prependListener("request", (_request, response) => {
        if (begunAt !== undefined) sayFarewellIn(response);
      });
    },
    begin: () => {
      begunAt ??= performance.now();
      for (const socket of speaking.keys()) sayFarewellIn(connections.unanswered(socket));
    },
    finish: (withinMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => open.forEach((socket) => socket.destroy()), withinMs);
        const sweeping = setInterval(() => {
          // Later in this turn, when all that has arrived is read: nobody is hung up on whose request is here.
          setImmediate(sweep);
          if (open.size > 0) return;
          clearInterval(sweeping);
          clearTimeout(cut);
          resolve();
        }, sweepMs);
      }),
  };
}
