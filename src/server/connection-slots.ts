import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isStuck, lookAt, type Taking } from "./slow-readers";

/** Why we ended a connection without a word. */
export type CutOff = "no_room" | "displaced" | "not_reading" | "silent";

/** A connection, and the request on it. */
export interface Connection extends Taking {
  socket: Socket;
  /** When it last began something, as a count. */
  turn: number;
  /** Until it is both read and answered. */
  request: IncomingMessage | undefined;
  /** Until it is given. */
  response: ServerResponse | undefined;
  /** Nothing more that comes is a request: the last answer is given, or said to be on its way. */
  isOver: boolean;
}

/** The places there are for connections, and who has them. */
export interface Places {
  /** @returns false if there is none for a newcomer, and none can be taken away */
  makeRoom(): boolean;
  take(connection: Connection): void;
  leave(connection: Connection): void;
  find(is: (socket: Socket) => boolean): Connection | undefined;
  /** Whether a newcomer was sent away since this was last asked, and would be again. */
  areWanted(): boolean;
}

export interface PlacesPlan {
  most: number;
  sweepMs: number;
  cutOff: (socket: Socket, why: CutOff) => void;
}

export function makePlaces({ most, sweepMs, cutOff }: PlacesPlan): Places {
  const all = new Set<Connection>();
  let sentAway = false;
  let sweeping: NodeJS.Timeout | undefined;

  function sweep(): void {
    for (const each of all) {
      const why = lookAt(each, each.socket);
      if (why === "not_reading") cutOff(each.socket, why);
      else if (why === "lingering") each.socket.destroy();
    }
  }

  function leave(connection: Connection): void {
    all.delete(connection);
    if (all.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  return {
    leave,
    makeRoom: () => {
      if (all.size < most) return true;
      let longest: Connection | undefined;
      for (const each of all) if (keepsUsWaiting(each) && each.turn < (longest?.turn ?? Infinity)) longest = each;
      sentAway ||= longest === undefined;
      if (longest === undefined) return false;
      leave(longest);
      cutOff(longest.socket, "displaced");
      return true;
    },
    take: (connection) => {
      all.add(connection);
      sweeping ??= setInterval(sweep, sweepMs).unref();
    },
    find: (is) => {
      for (const each of all) if (is(each.socket)) return each;
      return undefined;
    },
    areWanted: () => {
      const were = sentAway && all.size >= most;
      sentAway = false;
      return were;
    },
  };
}

function keepsUsWaiting(connection: Connection): boolean {
  const { request, response } = connection;
  return isStuck(connection) || request === undefined || response === undefined || !request.complete || response.writableFinished;
}
