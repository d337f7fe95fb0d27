import { createServer, type Socket } from "node:net";
import type { AnyServer } from "../server/http-server";

/** A TCP port of 127.0.0.1 that belongs to this process before its server exists. */
export interface HeldPort {
  port: number;
  /** Lets a server take the port over. From then on only `close` of the server gives it back. */
  handOver(server: AnyServer): Promise<void>;
  /** Gives back a port that no server has taken. */
  release(): Promise<void>;
}

/**
 * Takes a port, because the issuer and the metadata contain it, and the app that listens is made from them. To look for a free port and to listen
 * later would leave another process the time to take it.
 * @param port 0 for a free one
 * @throws Error EADDRINUSE, EACCES
 */
export async function holdPort(port: number): Promise<HeldPort> {
  const holder = createServer((early) => early.destroy());
  await new Promise<void>((resolve, reject) => {
    holder.once("error", reject);
    holder.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (holder.address() as { port: number }).port,
    handOver: (server) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        // The holder is the documented `handle`: the server uses its socket.
        server.listen(holder, () => {
          server.off("error", reject);
          resolve();
        });
      }),
    release: () => new Promise((resolve) => void holder.close(() => resolve())),
  };
}

/** @returns a TCP port on which no process listens at this moment */
export async function findFreePort(): Promise<number> {
  const held = await holdPort(0);
  await held.release();
  return held.port;
}

/**
 * Keeps a server from holding the process, so that a forgotten `stop` does not hang a test runner. A request in progress is held by its client.
 */
export function releaseProcess(server: AnyServer): void {
  server.unref();
  server.on("connection", (socket: Socket) => socket.unref()).on("secureConnection", (socket: Socket) => socket.unref());
}
