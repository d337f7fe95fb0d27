import { readFileSync } from "node:fs";

/** Descriptors to assume where the system does not say how many files a process may open. */
const defaultDescriptors = 10_000;
/** Descriptors that are not client connections: files, pipes, timers, and one to accept a connection that is then turned away. */
const reservedDescriptors = 64;

/**
 * Computes how many client connections this process may have open at once, from its descriptor limit (`ulimit -n`).
 * @param others connections that the process opens itself
 */
export function computeConnectionLimit(others: number): number {
  return Math.max(16, Math.min(readDescriptorLimit() - reservedDescriptors - others, defaultDescriptors));
}

function readDescriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? defaultDescriptors : Number(soft);
  } catch {
    return defaultDescriptors;
  }
}
