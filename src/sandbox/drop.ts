import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Response } from "express";
import type { Fault } from "./fault";

/** Waits. @returns false if the caller has gone meanwhile */
export async function delayAnswer(response: Response, milliseconds: number): Promise<boolean> {
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  response.once("close", abort);
  return sleep(milliseconds, undefined, { signal: gone.signal })
    .then(
      () => true,
      () => false,
    )
    .finally(() => response.off("close", abort));
}

/**
 * Makes an answer fail on its way: the request is dealt with, and then the connection is reset (RST), or closed after half of the body
 * that `Content-Length` promised. Such a caller does not know whether it has got a token.
 */
export function dropAnswer(response: Response, how: NonNullable<Fault["drop"]>): void {
  const { socket } = response;
  const end = (body?: unknown): Response => {
    if (how === "reset" || socket === null) {
      resetConnection(response);
      return response;
    }
    const bytes = Buffer.from(typeof body === "string" ? body : "");
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => socket.destroySoon());
    return response;
  };
  response.end = end as Response["end"];
}

/** Under TLS, and over a stream that is no connection, there is nothing to reset: closed without an answer, it looks the same to the caller. */
function resetConnection({ socket }: { socket: Duplex | null }): void {
  if (!(socket instanceof Socket)) {
    // To destroy one end of a pair of streams would tell the other end nothing.
    socket?.end();
    return;
  }
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}
