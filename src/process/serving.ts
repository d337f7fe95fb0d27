import type { Socket } from "node:net";

/** Whoever serves the connections that come in at the doors: this process, or its workers. */
export interface Serving {
  /** @param door index of the port it came to */
  take: (socket: Socket, door: number) => void;
  /** Not ready any more, though connections still come. Every answer is the last on its connection. */
  beginDrain(): void;
  /** When no more connections come: finishes what is in progress, writes the ledger, lets go of the database. */
  finish(): Promise<void>;
}
