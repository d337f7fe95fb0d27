import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { checkReader, isSlowReader, type ReadProgress } from "./slow-readers";

/** Why the server closed a connection without an answer. */
export type CutOffReason = "no_room" | "displaced" | "not_reading" | "silent";

/** A connection and the request on it. */
export interface TrackedConnection extends ReadProgress {
  socket: Socket;
  /** Sequence number of its last activity: its opening, or the start of its last request. */
  lastActivity: number;
  /** The current request, until it is both read and answered. */
  request: IncomingMessage | undefined;
  /** The answer to it, until it is sent. */
  response: ServerResponse | undefined;
  /** No further request is read from this connection: its last answer is sent, or is already decided. */
  isClosing: boolean;
}

/** The limited number of connections that may be open at once. */
export interface ConnectionSlots {
  /**
   * Makes sure that there is a free slot; evicts the connection that has been inactive longest if it must.
   * @returns false if all slots are in use and no connection may be evicted
   */
  makeRoom(): boolean;
  occupy(connection: TrackedConnection): void;
  release(connection: TrackedConnection): void;
  find(matches: (socket: Socket) => boolean): TrackedConnection | undefined;
  /** Whether a new connection was turned away since the last call, and would be turned away now. */
  checkDemand(): boolean;
}

export interface ConnectionSlotsOptions {
  maxConnections: number;
  sweepMs: number;
  cutOff: (socket: Socket, why: CutOffReason) => void;
}

export function makeConnectionSlots({ maxConnections, sweepMs, cutOff }: ConnectionSlotsOptions): ConnectionSlots {
  const connections = new Set<TrackedConnection>();
  let turnedAway = false;
  let sweeping: NodeJS.Timeout | undefined;

  function sweep(): void {
    for (const each of connections) {
      const why = checkReader(each, each.socket);
      if (why === "not_reading") cutOff(each.socket, why);
      else if (why === "lingering") each.socket.destroy();
    }
  }

  function release(connection: TrackedConnection): void {
    connections.delete(connection);
    if (connections.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  return {
    release,
    makeRoom: () => {
      if (connections.size < maxConnections) return true;
      let oldest: TrackedConnection | undefined;
      for (const each of connections) if (isEvictable(each) && each.lastActivity < (oldest?.lastActivity ?? Infinity)) oldest = each;
      turnedAway ||= oldest === undefined;
      if (oldest === undefined) return false;
      release(oldest);
      cutOff(oldest.socket, "displaced");
      return true;
    },
    occupy: (connection) => {
      connections.add(connection);
      sweeping ??= setInterval(sweep, sweepMs).unref();
    },
    find: (matches) => {
      for (const each of connections) if (matches(each.socket)) return each;
      return undefined;
    },
    checkDemand: () => {
      const isWanted = turnedAway && connections.size >= maxConnections;
      turnedAway = false;
      return isWanted;
    },
  };
}

/** A connection may be evicted while the server waits for its client: for a request, the rest of one, or the reading of an answer. */
function isEvictable(connection: TrackedConnection): boolean {
  const { request, response } = connection;
  return isSlowReader(connection) || request === undefined || response === undefined || !request.complete || response.writableFinished;
}
