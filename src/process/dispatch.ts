import type { Worker } from "node:cluster";
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LeaderMessage, WorkerMessage } from "./messages";

/** Sends connections to the workers in turn. */
export interface Dispatcher {
  /** @param listenerIndex index of the listener that the client connected to */
  dispatch(socket: Socket, listenerIndex: number): void;
  /** This worker gets its share of the connections until its process ends. */
  addWorker(worker: Worker): void;
  /** Resolves when a worker has every connection that was dispatched. @param withinMs connections that still wait after this are closed */
  waitUntilEmpty(withinMs: number): Promise<void>;
}

interface PendingConnection {
  socket: Socket;
  listenerIndex: number;
}

/**
 * A worker is sent one connection at a time, so a worker that is stuck gets no more. This process keeps its end of the
 * connection until the worker confirms that it has received it: if the worker dies first, another worker gets the connection
 * and the client notices nothing.
 */
export function makeDispatcher(): Dispatcher {
  const waiting: PendingConnection[] = [];
  const free: Worker[] = [];
  const underWay = new Map<Worker, PendingConnection>();
  let onEmpty: () => void = () => undefined;

  function sendWaiting(): void {
    for (;;) {
      const [worker, connection] = [free[0], waiting[0]];
      if (worker === undefined || connection === undefined) break;
      free.shift();
      waiting.shift();
      underWay.set(worker, connection);
      const message: LeaderMessage = { kind: "connection", listenerIndex: connection.listenerIndex };
      // A failure to send needs no handling here: the end of the worker reports it too.
      worker.send(message, connection.socket, { keepOpen: true }, () => undefined);
    }
    if (isEmpty()) onEmpty();
  }

  function isEmpty(): boolean {
    return waiting.length === 0 && underWay.size === 0;
  }

  async function removeWorker(worker: Worker): Promise<void> {
    // Messages that it sent before it ended may still be unread. While a connection is being sent, Node emits no event at the end of the channel.
    while (worker.isConnected()) await nextTurn();
    const unconfirmed = underWay.get(worker);
    underWay.delete(worker);
    if (unconfirmed !== undefined) waiting.unshift(unconfirmed);
    const index = free.indexOf(worker);
    if (index >= 0) free.splice(index, 1);
    sendWaiting();
  }

  return {
    dispatch: (socket, listenerIndex) => {
      waiting.push({ socket, listenerIndex });
      sendWaiting();
    },
    addWorker: (worker) => {
      worker.on("message", (message: WorkerMessage) => {
        if (message.kind !== "connection-received") return;
        underWay.get(worker)?.socket.destroy();
        underWay.delete(worker);
        free.push(worker);
        sendWaiting();
      });
      worker.once("exit", () => void removeWorker(worker));
      free.push(worker);
      sendWaiting();
    },
    waitUntilEmpty: (withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const { socket } of waiting.splice(0)) socket.destroy();
          onEmpty();
        }, withinMs);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
        if (isEmpty()) onEmpty();
      }),
  };
}
