import type { Socket } from "node:net";

/** Sweeps without progress after which a client that does not read its answer may lose its slot to a new connection. */
const evictableAfter = 2;
/** Sweeps without progress after which its connection is closed in any case. */
const cutOffAfter = 10;
/**
 * Sweeps that a connection lingers after we ended it, until the client ends it too. Closing a connection with unread bytes
 * resets it, and the client may lose our last answer (RFC 9112 §9.6).
 */
const lingersFor = 4;
/** Reading fewer bytes than this counts as no progress. */
const minProgressBytes = 64 * 1024;

/** Milliseconds between two sweeps. */
export const defaultSweepMs = 500;

/** How fast a client reads what the server writes to its connection. */
export interface ReadProgress {
  /** Sweeps since the client last made progress while bytes were waiting for it; 0 if no bytes are waiting. */
  stalledSweeps: number;
  /** Bytes that the client had read at that time. */
  bytesRead: number;
}

/**
 * Updates a connection's progress. To be called once per sweep.
 * @returns why the connection must end now; undefined if it may stay
 */
export function checkReader(progress: ReadProgress, socket: Socket): "not_reading" | "lingering" | undefined {
  const hasUnread = socket.writableLength > 0;
  progress.stalledSweeps = hasUnread || socket.writableEnded ? progress.stalledSweeps + 1 : 0;
  if (progress.stalledSweeps === 0) return undefined;
  const bytesRead = socket.bytesWritten - socket.writableLength;
  if (progress.stalledSweeps === 1 || bytesRead - progress.bytesRead >= minProgressBytes) {
    progress.stalledSweeps = 1;
    progress.bytesRead = bytesRead;
  }
  if (hasUnread) return progress.stalledSweeps > cutOffAfter ? "not_reading" : undefined;
  return progress.stalledSweeps > lingersFor ? "lingering" : undefined;
}

/** Whether the client has made no progress for so long that its connection may be evicted. */
export function isSlowReader({ stalledSweeps }: ReadProgress): boolean {
  return stalledSweeps > evictableAfter;
}
