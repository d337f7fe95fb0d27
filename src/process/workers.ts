import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { revived, type WorkerMessage } from "./worker-messages";

/** Milliseconds before a worker that died is replaced; one that dies at once must not be replaced in a loop. */
const restartPauseMs = 1_000;

/**
 * Starts worker processes and replaces those that die.
 * @returns stops them all; resolves when the last one is gone
 * @throws Error if a worker does not come up; then none is left
 */
export async function startWorkers(count: number, drainSeconds: number, log: Logger): Promise<() => Promise<void>> {
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
  cluster.on("message", (worker, message: WorkerMessage) => {
    if (message.kind === "failed") log.error({ worker: worker.process.pid, detail: message.message }, "a worker could not be started");
  });
  cluster.on("exit", (worker, code, signal) => {
    if (!stopping) log.error({ worker: worker.process.pid, code, signal }, "a worker died and is replaced");
    log.flush();
    void sleep(restartPauseMs).then(() => {
      if (!stopping) cluster.fork();
    });
  });
  return stop;
}

async function comeUp(worker: Worker): Promise<void> {
  const message = once(worker, "message").then(([first]) => first as WorkerMessage);
  const exit = once(worker, "exit").then(() => undefined);
  const outcome = await Promise.race([message, exit]);
  if (outcome === undefined) throw new Error("a worker process ended before it was ready");
  if (outcome.kind === "failed") throw revived(outcome);
}

async function stopWorker(worker: Worker | undefined, drainSeconds: number): Promise<void> {
  if (worker === undefined || worker.isDead()) return;
  const gone = once(worker, "exit");
  if (worker.isConnected()) worker.send("stop");
  const late = setTimeout(() => worker.process.kill("SIGKILL"), (drainSeconds + 5) * 1000);
  await gone;
  clearTimeout(late);
}
