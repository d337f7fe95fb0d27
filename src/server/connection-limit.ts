import { readFileSync } from "node:fs";

/** Where the system does not say how many files a process may have open. */
const usual = 10_000;
/** Descriptors that are no connections of callers: files, pipes, timers, and one to answer whoever comes too many. */
const reserve = 64;

/**
 * How many connections of callers this process may have at once, of the descriptors it may have (`ulimit -n`).
 * @param others connections that it needs itself
 */
export function mostConnections(others: number): number {
  return Math.max(16, Math.min(descriptors() - reserve - others, usual));
}

function descriptors(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? usual : Number(soft);
  } catch {
    return usual;
  }
}
