import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

/** Milliseconds. Longer turns of the event loop leave time for connections to come in unseen. */
const shortTurnMs = 0.05;
/** Milliseconds without a newcomer: whoever waits for an answer does not come again. */
const calmMs = 20;
/** Milliseconds to wait for calm, … */
const calmWithinMs = 500;
/** … and for a short turn. */
const closedWithinMs = 1_000;

export interface DoorsPlan {
  host: string;
  ports: readonly number[];
  /** Whoever handles connections in other processes must not have them read in this one. */
  handsOn: boolean;
  /** Connections that may wait to be handed on. */
  most: number;
  /** @param door index of its port */
  take: (socket: Socket, door: number) => void;
}

/**
 * Takes connections, which others serve: so we can cease to take new ones long before those that serve cease to serve.
 * @returns ceases. Whoever comes then is refused by the system; who was let in before was handed to `take`.
 * @throws the error of `listen`, such as EADDRINUSE
 */
export async function openDoors({ host, ports, handsOn, most, take }: DoorsPlan): Promise<() => Promise<void>> {
  // What node:http wants of its connections.
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: handsOn };
  let held: [Socket, number][] | undefined;
  const doors = ports.map((_, door) =>
    createServer(options, (socket) => {
      if (held === undefined) return take(socket, door);
      held.push([socket, door]);
      socket.on("error", () => undefined);
    }),
  );
  const close = async (): Promise<void> => {
    // What is served keeps the event loop busy; whoever comes now is served in a moment.
    held = [];
    await Promise.all(doors.map(closeQuietly));
    for (const each of held) take(...each);
  };
  try {
    for (const [at, door] of doors.entries()) {
      if (handsOn) door.maxConnections = most;
      door.listen({ host, port: ports[at] });
      await once(door, "listening");
      // A connection that could not be taken is nobody's end but its own.
      door.on("error", () => undefined);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

/**
 * Closing resets connections that the system has made and we have not taken yet. Node takes one per turn of the event loop,
 * so we close after a turn that had none to take, and that was too short for one to be made meanwhile.
 */
async function closeQuietly(door: Server): Promise<void> {
  const begunAt = performance.now();
  let takenAt = begunAt;
  door.on("connection", () => (takenAt = performance.now()));
  while (door.listening) {
    const turnedAt = performance.now();
    await turn();
    const now = performance.now();
    const isShort = takenAt < turnedAt && now - turnedAt < shortTurnMs;
    const isCalm = now - takenAt >= calmMs || now - begunAt > calmWithinMs;
    if ((isShort && isCalm) || now - begunAt > closedWithinMs) door.close();
  }
}
