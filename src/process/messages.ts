import type { Socket } from "node:net";
import { Unavailable } from "../engine/refusal";

/** Serves the connections that are accepted: in this process, or in its workers. */
export interface ConnectionHandler {
  /** @param listenerIndex index of the listener that the client connected to */
  handleConnection: (socket: Socket, listenerIndex: number) => void;
  /** Reports "not ready" from now on, though connections still come. Every answer is the last on its connection. */
  beginDrain(): void;
  /** To be called when no more connections come: finishes the requests in progress, writes the ledger, closes the database. */
  finish(): Promise<void>;
}

/** A worker can serve connections. */
export const workerReady = { kind: "ready" } as const;

/** A worker has received the connection that its leader sent. */
export const connectionReceived = { kind: "connection-received" } as const;

/** A write to the database has failed in a worker, which tells its leader, which tells the other workers. */
export const writeFailed = { kind: "write-failed" } as const;

/** A worker could not start. */
export interface StartFailure {
  kind: "failed";
  unavailable: boolean;
  message: string;
  code: string | undefined;
}

/** What a worker sends to its leader. */
export type WorkerMessage = typeof workerReady | typeof connectionReceived | typeof writeFailed | StartFailure;

/** What a leader sends to a worker that is ready. A connection is sent with its socket. */
export type LeaderMessage =
  | { kind: "connection"; listenerIndex: number }
  /** In base64. */
  | { kind: "ticket-keys"; keys: string }
  | typeof writeFailed
  | { kind: "drain" }
  | { kind: "finish" };

/** Describes an error for the leader in plain data, since an error loses its class between processes. */
export function describeStartFailure(thrown: unknown): StartFailure {
  const { message, code } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : { message: String(thrown), code: undefined };
  return { kind: "failed", unavailable: thrown instanceof Unavailable, message, code };
}

/** Makes the worker's error again, for the leader to throw. */
export function restoreError({ unavailable, message, code }: StartFailure): Error {
  return unavailable
    ? new Unavailable("database", "unreachable", message)
    : Object.assign(new Error(message), code === undefined ? {} : { code });
}
