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

const watches = new Set<(line: string) => void>();

/**
 * Tells of every line that a test server of this process logs, whoever started it: for suites that look whether a secret
 * is among them.
 * @returns ends it
 */
export function watchLogs(watch: (line: string) => void): () => void {
  watches.add(watch);
  return () => watches.delete(watch);
}

/** Keeps what is logged. */
export function logLines(): { lines: Record<string, unknown>[]; stream: Writable } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const line = chunk.toString("utf8");
      lines.push(JSON.parse(line) as Record<string, unknown>);
      for (const watch of watches) watch(line);
      done();
    },
  });
  return { lines, stream };
}
