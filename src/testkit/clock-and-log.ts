import { Writable } from "node:stream";
import type { TestClock, TestOptions } from "./options";

/** 2026-01-15T12:00:00Z */
const defaultStartAt = Date.UTC(2026, 0, 15, 12);

export function makeTestClock({ clock = "still", startAt }: Pick<TestOptions, "clock" | "startAt">): TestClock {
  const ahead = startAt === undefined ? 0 : startAt - Date.now();
  let shift = 0;
  let aged = 0;
  const read = clock === "real" ? () => Date.now() + ahead : () => startAt ?? defaultStartAt;
  return Object.assign(() => read() + shift, {
    advance: (seconds: number) => {
      shift += Math.round(seconds * 1000);
      aged += Math.max(0, seconds * 1000);
    },
    monotonic: () => performance.now() + aged,
  });
}

const observers = new Set<(line: string) => void>();

/**
 * Passes on every line that any test server of this process logs, so that a suite can search them for secrets.
 * @returns a function that ends this
 */
export function observeLogs(observer: (line: string) => void): () => void {
  observers.add(observer);
  return () => observers.delete(observer);
}

/** @returns a stream for the logger, and the parsed lines that were written to it so far */
export function makeLogCollector(): { lines: Record<string, unknown>[]; stream: Writable } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const line = chunk.toString("utf8");
      lines.push(JSON.parse(line) as Record<string, unknown>);
      for (const observer of observers) observer(line);
      done();
    },
  });
  return { lines, stream };
}
