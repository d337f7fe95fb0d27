import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** A longer turn of the event loop leaves time for connections to arrive that Node has not seen yet. */
const shortTurnMs = 0.05;
/** After this long without a new connection, the clients that are connected are waiting for their answers and open no others. */
const calmMs = 20;
/** The longest wait for that calm, … */
const maxCalmWaitMs = 500;
/** … and for a short turn. */
const maxCloseWaitMs = 1_000;

export interface AcceptOptions {
  listeners: readonly { host: string; port: number }[];
  /** Worker processes read from the connections, so this process must not. */
  forWorkers: boolean;
  /** With `forWorkers`: how many connections may wait in this process for a worker. */
  maxPending: number;
  /** @param listenerIndex index in `listeners` of the one that the client connected to */
  onConnection: (socket: Socket, listenerIndex: number) => void;
}

/**
 * Listens and passes on every connection. Listening is separate from serving, so that a shutdown can stop
 * accepting connections long before it stops serving them.
 * @returns a function that stops accepting: the system refuses connections from then on, and every connection that it accepted
 *   before has been passed on
 * @throws the error of `listen`, such as EADDRINUSE
 */
export async function acceptConnections(options: AcceptOptions): Promise<() => Promise<void>> {
  const { listeners: places, forWorkers, maxPending, onConnection } = options;
  // The first two are what node:http sets for its own connections.
  const socketOptions = { allowHalfOpen: true, noDelay: true, pauseOnConnect: forWorkers };
  let held: [Socket, number][] | undefined;
  const listeners = places.map((_, listenerIndex) =>
    createServer(socketOptions, (socket) => {
      if (held === undefined) return onConnection(socket, listenerIndex);
      held.push([socket, listenerIndex]);
      socket.on("error", () => undefined);
    }),
  );
  const close = async (): Promise<void> => {
    // Serving keeps the event loop busy, so connections that arrive while the listeners close are served afterwards.
    held = [];
    await Promise.all(listeners.map(closeWithoutResets));
    for (const each of held) onConnection(...each);
  };
  try {
    for (const [index, listener] of listeners.entries()) {
      if (forWorkers) listener.maxConnections = maxPending;
      listener.listen({ ...places[index] });
      await once(listener, "listening");
      // A connection that could not be accepted must not end the process.
      listener.on("error", () => undefined);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

/**
 * Closing resets the connections that the system has completed and Node has not accepted yet. Node accepts one per turn of the
 * event loop, so the listener is closed after a turn that accepted none and was too short for another one to arrive.
 */
async function closeWithoutResets(listener: Server): Promise<void> {
  const startedAt = performance.now();
  let lastConnectionAt = startedAt;
  listener.on("connection", () => (lastConnectionAt = performance.now()));
  while (listener.listening) {
    const turnStartedAt = performance.now();
    await nextTurn();
    const now = performance.now();
    const isShort = lastConnectionAt < turnStartedAt && now - turnStartedAt < shortTurnMs;
    const isCalm = now - lastConnectionAt >= calmMs || now - startedAt > maxCalmWaitMs;
    if ((isShort && isCalm) || now - startedAt > maxCloseWaitMs) listener.close();
  }
}
