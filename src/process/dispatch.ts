import type { Worker } from "node:cluster";
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { LeaderMessage, WorkerMessage } from "./messages";

/** Hands connections over to workers, by turns. */
export interface HandOver {
  offer(socket: Socket, door: number): void;
  /** From now on until it is gone this worker gets its share. */
  join(worker: Worker): void;
  /** Resolves when every connection that was offered has a worker. @param withinMs then the rest is cut off */
  emptied(withinMs: number): Promise<void>;
}

interface Offered {
  socket: Socket;
  door: number;
}

/**
 * A worker has one connection at a time on its way to it, so whoever is stuck gets no more. Ours stays open until the worker
 * says that it has it: if it dies before, another one gets it, and its caller notices nothing.
 */
export function makeHandOver(): HandOver {
  const waiting: Offered[] = [];
  const free: Worker[] = [];
  const underWay = new Map<Worker, Offered>();
  let onEmpty: () => void = () => undefined;

  function handOut(): void {
    for (;;) {
      const [worker, offered] = [free[0], waiting[0]];
      if (worker === undefined || offered === undefined) break;
      free.shift();
      waiting.shift();
      underWay.set(worker, offered);
      const message: LeaderMessage = { kind: "connection", door: offered.door };
      // A failure is told by the worker's end too.
      worker.send(message, offered.socket, { keepOpen: true }, () => undefined);
    }
    if (isEmpty()) onEmpty();
  }

  function isEmpty(): boolean {
    return waiting.length === 0 && underWay.size === 0;
  }

  async function leave(worker: Worker): Promise<void> {
    // Its last words may still be unread. Node tells the end of a channel in no other way while a connection is on its way there.
    while (worker.isConnected()) await turn();
    const back = underWay.get(worker);
    underWay.delete(worker);
    if (back !== undefined) waiting.unshift(back);
    const at = free.indexOf(worker);
    if (at >= 0) free.splice(at, 1);
    handOut();
  }

  return {
    offer: (socket, door) => {
      waiting.push({ socket, door });
      handOut();
    },
    join: (worker) => {
      worker.on("message", (message: WorkerMessage) => {
        if (message.kind !== "took") return;
        underWay.get(worker)?.socket.destroy();
        underWay.delete(worker);
        free.push(worker);
        handOut();
      });
      worker.once("exit", () => void leave(worker));
      free.push(worker);
      handOut();
    },
    emptied: (withinMs) =>
      new Promise((resolve) => {
        const late = setTimeout(() => {
          for (const { socket } of waiting.splice(0)) socket.destroy();
          onEmpty();
        }, withinMs);
        onEmpty = () => {
          clearTimeout(late);
          resolve();
        };
        if (isEmpty()) onEmpty();
      }),
  };
}
