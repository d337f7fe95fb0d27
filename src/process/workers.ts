import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds before a worker that died is replaced; one that dies at once must not be replaced in a loop. */
const restartPauseMs = 1_000;

/**
 * Starts worker processes and replaces those that die.
 * @returns stops them all; resolves when the last one is gone
 * @throws Error if a worker does not come up; then none is left
 */
export async function startWorkers(count: number, drainSeconds: number): Promise<() => Promise<void>> {
  let stopping = false;
  const workers = Array.from({ length: count }, () => cluster.fork());
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => stopWorker(worker, drainSeconds)));
  };
  try {
    await Promise.all(workers.map(comeUp));
  } catch (error) {
    await stop();
    throw error;
  }
  cluster.on("exit", () => {
    void sleep(restartPauseMs).then(() => {
      if (!stopping) cluster.fork();
    });
  });
  return stop;
}

/** The worker says itself, on standard error, why it does not come up. */
async function comeUp(worker: Worker): Promise<void> {
  const outcome = await Promise.race([once(worker, "message").then(() => "ready"), once(worker, "exit").then(() => "exit")]);
  if (outcome === "exit") throw new Error("a worker process did not come up");
}

async function stopWorker(worker: Worker | undefined, drainSeconds: number): Promise<void> {
  if (worker === undefined || worker.isDead()) return;
  const gone = once(worker, "exit");
  if (worker.isConnected()) worker.send("stop");
  const late = setTimeout(() => worker.process.kill("SIGKILL"), (drainSeconds + 5) * 1000);
  await gone;
  clearTimeout(late);
}
