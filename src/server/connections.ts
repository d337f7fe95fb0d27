import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { usualSweepMs } from "./slow-readers";
import { type Progress, readOneAtATime } from "./pipelining";
import { type Connection, type CutOff, makePlaces } from "./connection-slots";

/** The connections of a process. */
export interface Connections {
  /** Counts the connections of this server too, and makes room for new ones. To be called when nobody but Node listens to it. */
  admitTo(server: Server | HttpsServer): void;
  /** A request was begun: its headers are there. */
  begun(request: IncomingMessage, response: ServerResponse, answer: RequestListener): void;
  /** Says the last thing on a connection when the answer before it is given; nothing, if what it is about has its answer. */
  sayLast(socket: Duplex, say: () => void): void;
  /** The answer that a connection waits for. */
  unanswered(socket: Socket): ServerResponse | undefined;
  /** Ends a connection at once. */
  cutOff(socket: Duplex, why: CutOff): void;
}

export interface ConnectionsPlan {
  /** At once; by default enough for any machine whose limit is not known. */
  most?: number;
  /** Milliseconds between two looks at who takes their answers. */
  sweepMs?: number;
  onCutOff?: ((why: CutOff) => void) | undefined;
}

/**
 * Keeps the number of connections below what the process may have. A newcomer takes the place of whoever has kept us
 * waiting for longest, for a request, for the rest of one, for the next one, or for taking an answer: nobody can keep
 * others out by holding connections open. A connection that we owe an answer is never taken away; one that has sent the next
 * request before it had it gives way afterwards.
 */
export function makeConnections({ most = 10_000, sweepMs = usualSweepMs, onCutOff }: ConnectionsPlan = {}): Connections {
  const bySocket = new WeakMap<Duplex, Connection>();
  const cutOff = (socket: Duplex, why: CutOff): void => {
    onCutOff?.(why);
    socket.destroy();
  };
  const places = makePlaces({ most, sweepMs, cutOff });
  const progress: Progress = {
    unanswered: (socket) => bySocket.get(socket)?.response,
    isOver: (socket) => bySocket.get(socket)?.isOver === true,
    givesWay: () => places.areWanted(),
  };
  let turns = 0;

  function follow(connection: Connection, socket: Socket): void {
    connection.socket = socket;
    bySocket.set(socket, connection);
    socket.once("close", () => places.leave(connection));
    // Node takes its own away from a connection on which it has read CONNECT.
    socket.on("error", () => undefined);
    const destroySoon = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      connection.isOver = true;
      // Somebody is still sending: such a connection lingers.
      if (connection.request?.complete === false) socket.end();
      else destroySoon();
    };
  }

  function admit(socket: Socket): void {
    if (!places.makeRoom()) return cutOff(socket, "no_room");
    turns += 1;
    const connection = { socket, turn: turns, request: undefined, response: undefined, isOver: false, stuckFor: 0, taken: 0 };
    places.take(connection);
    follow(connection, socket);
  }

  return {
    cutOff,
    unanswered: progress.unanswered,
    admitTo: (server) => {
      readOneAtATime(server, progress);
      // Before anybody else looks at the connection.
      server.prependListener("connection", admit);
      // With TLS it goes on under another object, which has the same two ends.
      server.prependListener("secureConnection", (secure: Socket) => {
        const connection = places.find((socket) => isSame(socket, secure));
        if (connection !== undefined) follow(connection, secure);
      });
    },
    begun: (request, response, answer) => {
      const connection = bySocket.get(request.socket);
      if (connection === undefined || connection.isOver) return;
      turns += 1;
      begin(connection, turns, request, response);
      answer(request, response);
    },
    sayLast: (socket, say) => {
      const connection = bySocket.get(socket);
      if (connection !== undefined && !connection.isOver) end(connection, say);
    },
  };
}

function begin(connection: Connection, turn: number, request: IncomingMessage, response: ServerResponse): void {
  connection.turn = turn;
  connection.request = request;
  connection.response = response;
  response.on("close", () => {
    connection.response = undefined;
    if (request.complete) connection.request = undefined;
  });
}

function end(connection: Connection, say: () => void): void {
  connection.isOver = true;
  const { socket, request, response } = connection;
  const isOfNext = request === undefined || request.complete;
  if (isOfNext && response !== undefined) response.once("close", say);
  else if (isOfNext || response?.headersSent === false) say();
  else socket.end();
}

function isSame(one: Socket, other: Socket): boolean {
  return one.remotePort === other.remotePort && one.localPort === other.localPort && one.remoteAddress === other.remoteAddress;
}
