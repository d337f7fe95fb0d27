import type { Socket } from "node:net";

/** Sweeps until somebody who does not take their answers can lose their place, … */
const displacedAfter = 2;
/** … and until they do, whether anybody wants it or not. */
const cutOffAfter = 10;
/** Sweeps for the other end to hang up after we did: closed over unread bytes a connection is reset, and its last answer lost (RFC 9112 §9.6). */
const lingersFor = 4;
/** Taking less than this counts as nothing. */
const worthwhileBytes = 64 * 1024;

/** Milliseconds from one sweep to the next. */
export const usualSweepMs = 500;

/** How somebody takes what we have for them. */
export interface Taking {
  /** Sweeps since they last took what is worth it, with something still there for them; 0 if there is nothing. */
  stuckFor: number;
  /** Bytes that they had taken then. */
  taken: number;
}

/** To be called with every sweep. @returns why the connection has to end now, if it has */
export function lookAt(taking: Taking, socket: Socket): "not_reading" | "lingering" | undefined {
  const isFull = socket.writableLength > 0;
  taking.stuckFor = isFull || socket.writableEnded ? taking.stuckFor + 1 : 0;
  if (taking.stuckFor === 0) return undefined;
  const taken = socket.bytesWritten - socket.writableLength;
  if (taking.stuckFor === 1 || taken - taking.taken >= worthwhileBytes) {
    taking.stuckFor = 1;
    taking.taken = taken;
  }
  if (isFull) return taking.stuckFor > cutOffAfter ? "not_reading" : undefined;
  return taking.stuckFor > lingersFor ? "lingering" : undefined;
}

/** Whether it is they who keep us waiting. */
export function isStuck({ stuckFor }: Taking): boolean {
  return stuckFor > displacedAfter;
}
