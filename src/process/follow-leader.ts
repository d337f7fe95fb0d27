import type { Socket } from "node:net";
import type { Worker } from "./worker";
import { type LeaderMessage, ready, took } from "./messages";

/** In a worker process that serves from now on: does what its leader says. @param onEnding gets the end of everything */
export function obeyLeader(worker: Worker, onEnding: (ending: Promise<void>) => void): void {
  process.on("message", (message: LeaderMessage, socket: Socket | undefined) => {
    switch (message.kind) {
      case "connection":
        // First of all: if we die from now on, nobody else may be given what we have begun.
        process.send?.(took);
        if (socket !== undefined) take(worker, socket, message.door);
        break;
      case "ticket-keys":
        worker.resumeWith(Buffer.from(message.keys, "base64"));
        break;
      case "drain":
        worker.beginDrain();
        break;
      case "finish":
        onEnding(worker.finish());
    }
  });
  process.send?.(ready);
}

/** @param socket undefined to Node if its caller has hung up on the way */
function take(worker: Worker, socket: Socket, door: number): void {
  // As node:http has it where it listens by itself; between processes it gets lost.
  socket.allowHalfOpen = true;
  worker.take(socket, door);
}
