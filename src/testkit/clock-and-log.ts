import { Writable } from "node:stream";
import type { FixedClock } from "./options";

/** @param startAt epoch milliseconds @param timePasses whether it goes on from there by itself */
export function testClock(startAt: number, timePasses: boolean): FixedClock {
  const beganAt = performance.now();
  let shift = 0;
  return Object.assign(() => startAt + shift + (timePasses ? Math.floor(performance.now() - beganAt) : 0), {
    advance: (seconds: number) => {
      shift += seconds * 1000;
    },
  });
}

/** Keeps what is logged. */
export function logLines(): { lines: Record<string, unknown>[]; stream: Writable } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString("utf8")) as Record<string, unknown>);
      done();
    },
  });
  return { lines, stream };
}
