import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type CutOffReason, makeConnectionSlots, type TrackedConnection } from "./connection-slots";
import { type ConnectionState, serializeRequests } from "./pipelining";
import { defaultSweepMs } from "./slow-readers";

/** The client connections of a process. */
export interface Connections {
  /** Limits and tracks the connections of this server too. To be called while only Node's own listeners are on it. */
  attachTo(server: Server | HttpsServer): void;
  /** Starts a request whose headers are read. Does nothing on a connection that is closing. */
  startRequest(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void;
  /**
   * Sends a final response after the one in progress; does nothing if the request has been answered already.
   * @param send writes the response, or only ends the connection
   */
  sendFinal(socket: Duplex, send: () => void): void;
  /** The answer that the client is waiting for. */
  pendingResponse(socket: Socket): ServerResponse | undefined;
  /** Closes a connection at once. */
  cutOff(socket: Duplex, why: CutOffReason): void;
}

export interface ConnectionsOptions {
  /** Connections at once; the default suits a machine whose limit is not known. */
  maxConnections?: number;
  /** Milliseconds between two checks for clients that do not read their answers. */
  sweepMs?: number;
  onCutOff?: ((why: CutOffReason) => void) | undefined;
}

/**
 * Keeps the number of connections below what the process may open. When all slots are in use, a new connection replaces the
 * one that has kept the server waiting longest: for a request, for the rest of one, for the next one, or for the reading of
 * an answer. So no client can keep others out by holding connections open. A connection is never closed while the server
 * owes it an answer; one that sent its next request before that answer gives way afterwards.
 */
export function makeConnections({ maxConnections = 10_000, sweepMs = defaultSweepMs, onCutOff }: ConnectionsOptions = {}): Connections {
  const bySocket = new WeakMap<Duplex, TrackedConnection>();
  const cutOff = (socket: Duplex, why: CutOffReason): void => {
    onCutOff?.(why);
    socket.destroy();
  };
  const slots = makeConnectionSlots({ maxConnections, sweepMs, cutOff });
  const state: ConnectionState = {
    pendingResponse: (socket) => bySocket.get(socket)?.response,
    isClosing: (socket) => bySocket.get(socket)?.isClosing === true,
    mustGiveWay: () => slots.checkDemand(),
  };
  let activities = 0;

  /** Makes this socket the connection's own. Called again for TLS, which puts another socket in its place. */
  function bindSocket(connection: TrackedConnection, socket: Socket): void {
    connection.socket = socket;
    bySocket.set(socket, connection);
    socket.once("close", () => slots.release(connection));
    // Node removes its own error listener from a connection on which it has read CONNECT. Without one, an error would end the process.
    socket.on("error", () => undefined);
    // Node calls destroySoon after the last answer on a connection.
    const destroySoon = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      connection.isClosing = true;
      // If the client is still sending, only our half is closed: a full close could lose it the answer.
      if (connection.request?.complete === false) socket.end();
      else destroySoon();
    };
  }

  function admit(socket: Socket): void {
    if (!slots.makeRoom()) return cutOff(socket, "no_room");
    activities += 1;
    const progress = { stalledSweeps: 0, bytesRead: 0 };
    const connection = { socket, lastActivity: activities, request: undefined, response: undefined, isClosing: false, ...progress };
    slots.occupy(connection);
    bindSocket(connection, socket);
  }

  return {
    cutOff,
    pendingResponse: state.pendingResponse,
    attachTo: (server) => {
      serializeRequests(server, state);
      // Before any other listener sees the connection.
      server.prependListener("connection", admit);
      // TLS continues the connection as another socket object with the same two ends.
      server.prependListener("secureConnection", (secure: Socket) => {
        const connection = slots.find((socket) => hasSameEnds(socket, secure));
        if (connection !== undefined) bindSocket(connection, secure);
      });
    },
    startRequest: (request, response, listener) => {
      const connection = bySocket.get(request.socket);
      if (connection === undefined || connection.isClosing) return;
      activities += 1;
      recordRequest(connection, activities, request, response);
      listener(request, response);
    },
    sendFinal: (socket, send) => {
      const connection = bySocket.get(socket);
      if (connection !== undefined && !connection.isClosing) sendFinalOn(connection, send);
    },
  };
}

function recordRequest(connection: TrackedConnection, activity: number, request: IncomingMessage, response: ServerResponse): void {
  connection.lastActivity = activity;
  connection.request = request;
  connection.response = response;
  response.on("close", () => {
    connection.response = undefined;
    if (request.complete) connection.request = undefined;
  });
}

function sendFinalOn(connection: TrackedConnection, send: () => void): void {
  connection.isClosing = true;
  const { socket, request, response } = connection;
  const concernsNextRequest = request === undefined || request.complete;
  if (concernsNextRequest && response !== undefined) response.once("close", send);
  else if (concernsNextRequest || response?.headersSent === false) send();
  else socket.end();
}

function hasSameEnds(one: Socket, other: Socket): boolean {
  return one.remotePort === other.remotePort && one.localPort === other.localPort && one.remoteAddress === other.remoteAddress;
}
