import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { Connections } from "./connections";
import type { AnyServer } from "./http-server";
import { isFollowedByRequest } from "./pipelining";

/** Milliseconds for the first request on a connection: a client that connects usually has a request to send. */
const firstRequestMs = 1_000;
/** Milliseconds from the start of the drain until a kept connection counts as idle, even if all other work ends sooner. */
const idleMs = 200;
const sweepMs = 20;

/** Ends servers without cutting off any request in progress. */
export interface Drain {
  /** Tracks the connections of this server. */
  track(server: AnyServer): void;
  /** From now on every answer is the last on its connection and says so with `Connection: close`. */
  start(): void;
  /**
   * To be called when no new connections arrive. Resolves when none is left.
   * @param withinMs milliseconds after which the remaining connections are cut off
   */
  finish(withinMs: number): Promise<void>;
}

/** @param connections of the servers that are tracked */
export function makeDrain(connections: Connections): Drain {
  /** All connections, also those in the middle of a handshake. */
  const open = new Set<Socket>();
  /** The sockets that carry requests, with TLS or without. */
  const requestSockets = new Map<Socket, { since: number; bytesRead: number }>();
  let startedAt: number | undefined;

  function markAsLast(response: ServerResponse | undefined): void {
    // Of several pipelined requests only the last one gets the last answer.
    if (response?.headersSent === false && !isFollowedByRequest(response)) response.setHeader("Connection", "close");
  }

  function isIdle(socket: Socket, now: number): boolean {
    const { since, bytesRead } = requestSockets.get(socket) ?? { since: now, bytesRead: 0 };
    if (connections.pendingResponse(socket) !== undefined || socket.writableEnded) return false;
    // Node sets this timeout when it has answered, and clears it at the first byte of the next request.
    if ((socket.timeout ?? 0) > 0) return now - (startedAt ?? now) >= idleMs;
    // Once a request has begun, Node ends it: with an answer, an error or a timeout.
    return socket.bytesRead === bytesRead && now - since >= firstRequestMs;
  }

  /** Closes idle connections. A request that arrives after that is not executed, because it could not be answered. */
  function closeIdle(): void {
    const now = performance.now();
    for (const socket of requestSockets.keys()) if (isIdle(socket, now)) connections.sendFinal(socket, () => socket.end());
  }

  return {
    track: (server) => {
      server.on("connection", (socket: Socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
      });
      server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket: Socket) => {
        requestSockets.set(socket, { since: performance.now(), bytesRead: socket.bytesRead });
        socket.once("close", () => requestSockets.delete(socket));
      });
      server.prependListener("request", (_request, response) => {
        if (startedAt !== undefined) markAsLast(response);
      });
    },
    start: () => {
      startedAt ??= performance.now();
      for (const socket of requestSockets.keys()) markAsLast(connections.pendingResponse(socket));
    },
    finish: (withinMs) =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => open.forEach((socket) => socket.destroy()), withinMs);
        const sweeping = setInterval(() => {
          // Later in this turn of the event loop, when everything that has arrived is read: a request that is here is not lost.
          setImmediate(closeIdle);
          if (open.size > 0) return;
          clearInterval(sweeping);
          clearTimeout(cutOff);
          resolve();
        }, sweepMs);
      }),
  };
}
