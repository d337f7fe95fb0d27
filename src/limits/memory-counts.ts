import { LRUCache } from "lru-cache";
import type { Attempts } from "../engine/ports/counts";

/** The counts of those that came least recently are forgotten first. */
const rememberedSubjects = 100_000;

interface Window {
  failures: number;
  /** Epoch milliseconds. */
  endsAt: number;
}

/** Counts in the memory of this process, for a server that must not write to its database. Windows are those of the database's counts. */
export function makeMemoryCounts(): Attempts {
  const windows = new LRUCache<string, Window>({ max: rememberedSubjects });
  return {
    findBlockedSeconds(subject, { failures, windowSeconds }, now) {
      const known = windows.get(subject);
      const isBlocked = known !== undefined && known.failures >= failures && known.endsAt > now;
      return Promise.resolve(isBlocked ? Math.min(windowSeconds, Math.ceil((known.endsAt - now) / 1000)) : 0);
    },
    add(subject, { windowSeconds }, now, times = 1) {
      const known = windows.get(subject);
      const running = known !== undefined && known.endsAt > now ? known : { failures: 0, endsAt: now + windowSeconds * 1000 };
      running.failures += times;
      windows.set(subject, running);
      return Promise.resolve(running.failures);
    },
    takeBack(subject) {
      const known = windows.get(subject);
      if (known !== undefined && known.failures > 0) known.failures -= 1;
      return Promise.resolve();
    },
    forget(subject) {
      windows.delete(subject);
      return Promise.resolve();
    },
  };
}
