import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";

/** A connection, and the request on it that was begun last, until it is answered. */
interface Connection {
  socket: Socket;
  /** When it last began something, as a count. */
  turn: number;
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
}

/** The connections of a process. */
export interface Connections {
  /** Counts the connections of this server too, and makes room for new ones. */
  admitTo(server: Server | HttpsServer): void;
  /** A request was begun: its headers are there. */
  begun(request: IncomingMessage, response: ServerResponse): void;
  /** The answer that a connection still owes to a request it has read to the end. */
  owed(socket: object): ServerResponse | undefined;
}

/** Enough for any machine whose limit is not known. */
const usualMost = 10_000;

/**
 * Keeps the number of connections below what the process may have. A newcomer takes the place of whoever has kept us
 * waiting for longest, for a request, for the rest of one, or for the next one: nobody can keep others out by holding
 * connections open. A connection that we owe an answer is never taken away.
 * @param most connections at once
 */
export function makeConnections(most = usualMost): Connections {
  const all = new Set<Connection>();
  const bySocket = new WeakMap<object, Connection>();
  let turns = 0;

  function makeRoom(): boolean {
    if (all.size < most) return true;
    let longest: Connection | undefined;
    for (const each of all) if (keepsUsWaiting(each) && each.turn < (longest?.turn ?? Infinity)) longest = each;
    if (longest === undefined) return false;
    all.delete(longest);
    longest.socket.destroy();
    return true;
  }

  function follow(connection: Connection, socket: Socket): void {
    connection.socket = socket;
    bySocket.set(socket, connection);
    socket.once("close", () => all.delete(connection));
  }

  function admit(socket: Socket): Connection | undefined {
    if (!makeRoom()) {
      socket.destroy();
      return undefined;
    }
    const connection = { socket, turn: (turns += 1), request: undefined, response: undefined };
    all.add(connection);
    follow(connection, socket);
    return connection;
  }

  return {
    admitTo: (server) => {
      // Before anybody else looks at the connection.
      server.prependListener("connection", admit);
      // With TLS it goes on under another object, which has the same two ends.
      server.prependListener("secureConnection", (secure: Socket) => {
        for (const each of all) if (isSame(each.socket, secure)) return follow(each, secure);
      });
    },
    begun: (request, response) => {
      const connection = bySocket.get(request.socket);
      if (connection === undefined) return;
      connection.turn = turns += 1;
      connection.request = request;
      connection.response = response;
      response.on("close", () => {
        if (connection.response === response) connection.request = connection.response = undefined;
      });
    },
    owed: (socket) => {
      const connection = bySocket.get(socket);
      return connection === undefined || keepsUsWaiting(connection) ? undefined : connection.response;
    },
  };
}

function keepsUsWaiting({ request, response }: Connection): boolean {
  return request === undefined || response === undefined || !request.complete || response.writableFinished;
}

function isSame(one: Socket, other: Socket): boolean {
  return one.remotePort === other.remotePort && one.localPort === other.localPort && one.remoteAddress === other.remoteAddress;
}
