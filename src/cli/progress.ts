/** A person who waits longer than this wants to know that the command has not stopped. */
const intervalMs = 2_000;

/** Says at a terminal, in one line that is removed again, how long work has taken so far. A file or a pipe gets nothing. */
export async function showProgress<T>(work: Promise<T>): Promise<T> {
  const { stderr } = process;
  if (!stderr.isTTY) return work;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    stderr.write(`\rStill working, after ${Math.round((performance.now() - startedAt) / 1000)} s …`);
  }, intervalMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    // Empties the line again, if there is one.
    stderr.write("\r\u001B[K");
  }
}
