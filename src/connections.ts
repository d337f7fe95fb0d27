import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { Socket } from "node:net";
import { type Progress, readOneAtATime } from "./one-at-a-time";

/** Why we ended a connection without a word. */
export type CutOff = "no_room" | "displaced" | "not_reading" | "silent";

/** A connection, and the request on it. */
interface Connection {
  socket: Socket;
  /** When it last began something, as a count. */
  turn: number;
  /** Until it is both read and answered. */
  request: IncomingMessage | undefined;
  /** Until it is given. */
  response: ServerResponse | undefined;
  /** Nothing more that comes is a request: the last answer is given, or said to be on its way. */
  isOver: boolean;
  /** How many sweeps ago it last took of what we have for it. */
  stuckFor: number;
  /** Bytes that it had taken then. */
  taken: number;
}

/** The connections of a process. */
export interface Connections {
  /** Counts the connections of this server too, and makes room for new ones. To be called when nobody but Node listens to it. */
  admitTo(server: Server | HttpsServer): void;
  /** A request was begun: its headers are there. */
  begun(request: IncomingMessage, response: ServerResponse, answer: RequestListener): void;
  /** Says the last thing on a connection when the answer before it is given; nothing, if what it is about has its answer. */
  sayLast(socket: Socket, say: () => void): void;
  /** The answer that is owed on a connection. */
  unanswered(socket: Socket): ServerResponse | undefined;
  /** Ends a connection at once. */
  cutOff(socket: Socket, why: CutOff): void;
}

export interface ConnectionsPlan {
  /** At once; by default enough for any machine whose limit is not known. */
  most?: number;
  /** Milliseconds between two looks at who takes their answers. */
  sweepMs?: number;
  onCutOff?: ((why: CutOff) => void) | undefined;
}

/** Sweeps until somebody who does not take their answer can lose their place, … */
const displacedAfter = 2;
/** … and until they do, whether anybody wants it or not. */
const cutOffAfter = 10;
/** Sweeps for the other end to hang up after we did: closed over unread bytes a connection is reset, and its last answer lost (RFC 9112 §9.6). */
const lingersFor = 4;
/** Taking less than this counts as nothing. */
const worthwhileBytes = 64 * 1024;

/**
 * Keeps the number of connections below what the process may have. A newcomer takes the place of whoever has kept us
 * waiting for longest, for a request, for the rest of one, for the next one, or for taking an answer: nobody can keep
 * others out by holding connections open. A connection that we owe an answer is never taken away.
 */
export function makeConnections({ most = 10_000, sweepMs = 500, onCutOff }: ConnectionsPlan = {}): Connections {
  const all = new Set<Connection>();
  const bySocket = new WeakMap<Socket, Connection>();
  let turns = 0;
  let sweeping: NodeJS.Timeout | undefined;

  function cutOff(socket: Socket, why: CutOff): void {
    onCutOff?.(why);
    socket.destroy();
  }

  function makeRoom(): boolean {
    if (all.size < most) return true;
    let longest: Connection | undefined;
    for (const each of all) if (keepsUsWaiting(each) && each.turn < (longest?.turn ?? Infinity)) longest = each;
    if (longest === undefined) return false;
    leave(longest);
    cutOff(longest.socket, "displaced");
    return true;
  }

  function sweep(): void {
    for (const each of all) {
      const { socket } = each;
      const isFull = socket.writableLength > 0;
      each.stuckFor = isFull || socket.writableEnded ? each.stuckFor + 1 : 0;
      if (each.stuckFor === 0) continue;
      const taken = socket.bytesWritten - socket.writableLength;
      if (each.stuckFor === 1 || taken - each.taken >= worthwhileBytes) [each.stuckFor, each.taken] = [1, taken];
      if (isFull && each.stuckFor > cutOffAfter) cutOff(socket, "not_reading");
      else if (!isFull && each.stuckFor > lingersFor) socket.destroy();
    }
  }

  function leave(connection: Connection): void {
    all.delete(connection);
    if (all.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function follow(connection: Connection, socket: Socket): void {
    connection.socket = socket;
    bySocket.set(socket, connection);
    socket.once("close", () => leave(connection));
    // Node takes its own away from a connection on which it has read CONNECT.
    socket.on("error", () => undefined);
    socket.destroySoon = () => {
      connection.isOver = true;
      // Somebody is still sending: see `lingersFor`.
      if (connection.request?.complete === false) socket.end();
      else Socket.prototype.destroySoon.call(socket);
    };
  }

  function admit(socket: Socket): void {
    if (!makeRoom()) return cutOff(socket, "no_room");
    const connection = { socket, turn: (turns += 1), request: undefined, response: undefined, isOver: false, stuckFor: 0, taken: 0 };
    all.add(connection);
    sweeping ??= setInterval(sweep, sweepMs).unref();
    follow(connection, socket);
  }

  const progress: Progress = {
    unanswered: (socket) => bySocket.get(socket)?.response,
    isOver: (socket) => bySocket.get(socket)?.isOver === true,
  };

  return {
    cutOff,
    unanswered: progress.unanswered,
    admitTo: (server) => {
      readOneAtATime(server, progress);
      // Before anybody else looks at the connection.
      server.prependListener("connection", admit);
      // With TLS it goes on under another object, which has the same two ends.
      server.prependListener("secureConnection", (secure: Socket) => {
        for (const each of all) if (isSame(each.socket, secure)) return follow(each, secure);
      });
    },
    begun: (request, response, answer) => {
      const connection = bySocket.get(request.socket);
      if (connection === undefined || connection.isOver) return;
      connection.turn = turns += 1;
      connection.request = request;
      connection.response = response;
      response.on("close", () => {
        connection.response = undefined;
        if (request.complete) connection.request = undefined;
      });
      answer(request, response);
    },
    sayLast: (socket, say) => {
      const connection = bySocket.get(socket);
      if (connection === undefined || connection.isOver) return;
      connection.isOver = true;
      const { request, response } = connection;
      const isOfNext = request === undefined || request.complete;
      if (isOfNext && response !== undefined) response.once("close", say);
      else if (isOfNext || response?.headersSent === false) say();
      else socket.end();
    },
  };
}

function keepsUsWaiting({ request, response, stuckFor }: Connection): boolean {
  if (stuckFor > displacedAfter) return true;
  return request === undefined || response === undefined || !request.complete || response.writableFinished;
}

function isSame(one: Socket, other: Socket): boolean {
  return one.remotePort === other.remotePort && one.localPort === other.localPort && one.remoteAddress === other.remoteAddress;
}
