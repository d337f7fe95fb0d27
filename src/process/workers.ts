import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { prepared, revived, stop, type WorkerMessage } from "./worker-messages";

/** Milliseconds before a worker that died is replaced; one that dies at once must not be replaced in a loop. */
const restartPauseMs = 1_000;

/** The worker processes of a server. */
export interface Crew {
  /**
   * Lets them begin; resolves when all serve. From then on those that die are replaced.
   * @throws Error, Unavailable if one does not come up; then none is left
   */
  begin(): Promise<void>;
  /** Resolves when the last one is gone. Those that have not begun have nothing to finish. */
  stop(): Promise<void>;
}

/** Starts worker processes, which load while the leader prepares what they share. */
export function startWorkers(count: number, drainSeconds: number, log: Logger): Crew {
  let state: "waiting" | "begun" | "stopping" = "waiting";
  const workers = Array.from({ length: count }, () => cluster.fork());

  async function end(): Promise<void> {
    const graceful = state === "begun";
    state = "stopping";
    await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => stopWorker(worker, graceful ? (drainSeconds + 5) * 1000 : 0)));
  }

  function replace(): void {
    if (state === "begun") cluster.fork().send(prepared);
  }

  return {
    async begin() {
      state = "begun";
      for (const worker of workers) worker.send(prepared);
      try {
        await Promise.all(workers.map(comeUp));
      } catch (error) {
        await end();
        throw error;
      }
      keepUp(log, () => state === "begun", replace);
    },
    stop: end,
  };
}

function keepUp(log: Logger, wanted: () => boolean, replace: () => void): void {
  cluster.on("message", (worker, message: WorkerMessage) => {
    if (message.kind === "failed") log.error({ worker: worker.process.pid, detail: message.message }, "a worker could not be started");
  });
  cluster.on("exit", (worker, code, signal) => {
    if (wanted()) log.error({ worker: worker.process.pid, code, signal }, "a worker died and is replaced");
    log.flush();
    void sleep(restartPauseMs).then(replace);
  });
}

async function comeUp(worker: Worker): Promise<void> {
  const message = once(worker, "message").then(([first]) => first as WorkerMessage);
  const exit = once(worker, "exit").then(() => undefined);
  const outcome = await Promise.race([message, exit]);
  if (outcome === undefined) throw new Error("a worker process ended before it was ready");
  if (outcome.kind === "failed") throw revived(outcome);
}

/** @param withinMs then it is killed; 0: at once */
async function stopWorker(worker: Worker | undefined, withinMs: number): Promise<void> {
  if (worker === undefined || worker.isDead()) return;
  const gone = once(worker, "exit");
  if (withinMs > 0 && worker.isConnected()) worker.send(stop);
  const late = setTimeout(() => worker.process.kill("SIGKILL"), withinMs);
  await gone;
  clearTimeout(late);
}
