import type { Socket } from "node:net";
import type { WorkerServer } from "./worker";
import { connectionReceived, type LeaderMessage, workerReady } from "./messages";

/**
 * In a worker process: tells the leader that this worker is ready, and does from then on what the leader's messages say.
 * @param onFinish is called with the promise of the worker's end
 */
export function followLeader(worker: WorkerServer, onFinish: (finished: Promise<void>) => void): void {
  process.on("message", (message: LeaderMessage, socket: Socket | undefined) => {
    switch (message.kind) {
      case "connection":
        // Confirm before anything else: if this worker dies later, no other worker may repeat what it has begun.
        process.send?.(connectionReceived);
        if (socket !== undefined) serveConnection(worker, socket, message.listenerIndex);
        break;
      case "ticket-keys":
        worker.setTicketKeys(Buffer.from(message.keys, "base64"));
        break;
      case "write-failed":
        worker.distrustWrites();
        break;
      case "drain":
        worker.beginDrain();
        break;
      case "finish":
        onFinish(worker.finish());
    }
  });
  process.send?.(workerReady);
}

/** Node passes no socket if the client has hung up on the way. */
function serveConnection(worker: WorkerServer, socket: Socket, listenerIndex: number): void {
  // node:http sets this for its own connections; it is lost when a connection is sent to another process.
  socket.allowHalfOpen = true;
  worker.handleConnection(socket, listenerIndex);
}
