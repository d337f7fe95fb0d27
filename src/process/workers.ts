import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Config } from "../config";
import { makeHandOver } from "./dispatch";
import type { Serving } from "./serving";
import { type LeaderMessage, revived, type WorkerMessage } from "./messages";

/** Milliseconds before a worker that died is replaced; one that dies at once must not be replaced in a loop. */
const restartPauseMs = 1_000;
/** Milliseconds that a worker may take to end when its requests are over or cut off. */
const endingMs = 5_000;

/** Worker processes, which serve. */
export interface Workers extends Serving {
  /** Resolves when all have come up, or have failed to for the first time. */
  complete: Promise<void>;
}

/**
 * Starts worker processes and replaces those that die, at whatever moment.
 * @returns when the first one serves
 * @throws Error if none comes up, for the reason that the first one had; then none is left
 */
export async function startWorkers({ workers: count, drainSeconds, tls }: Config, log: Logger): Promise<Workers> {
  const handOver = makeHandOver();
  const alive = new Set<Worker>();
  const ready = new Set<Worker>();
  /** Each worker would have its own, and know nobody who was at another one before. */
  const ticketKeys = tls && randomBytes(48).toString("base64");
  let stopping = false;

  /** Resolves when it serves. @throws Error if it does not come up */
  async function start(): Promise<void> {
    const worker = cluster.fork();
    alive.add(worker);
    worker.once("exit", (code, signal) => {
      alive.delete(worker);
      const served = ready.delete(worker);
      if (!stopping) void replace(worker, served, { code, signal });
    });
    await comeUp(worker);
    ready.add(worker);
    if (ticketKeys !== undefined) tell(worker, { kind: "ticket-keys", keys: ticketKeys });
    if (stopping) tell(worker, { kind: "drain" });
    handOver.join(worker);
  }

  async function replace({ process: { pid } }: Worker, served: boolean, end: { code: number; signal: string }): Promise<void> {
    if (served) log.error({ worker: pid, ...end }, "a worker died and is replaced");
    log.flush();
    await sleep(restartPauseMs);
    if (!stopping) await start().catch(logFailure);
  }

  function logFailure(error: unknown): void {
    if (stopping) return;
    log.error({ detail: error instanceof Error ? error.message : String(error) }, "a worker could not be started; it is tried again");
    log.flush();
  }

  async function finish(): Promise<void> {
    stopping = true;
    const until = performance.now() + drainSeconds * 1000;
    await handOver.emptied(drainSeconds * 1000);
    const withinMs = Math.max(0, until - performance.now()) + endingMs;
    await Promise.all([...alive].map((worker) => (ready.has(worker) ? end(worker, withinMs) : kill(worker))));
  }

  const starts = Array.from({ length: count }, start);
  const all = Promise.allSettled(starts);
  try {
    await Promise.any(starts);
  } catch (error) {
    await finish();
    throw (error as AggregateError).errors[0];
  }
  return {
    take: (socket, door) => handOver.offer(socket, door),
    beginDrain: () => {
      stopping = true;
      for (const worker of ready) tell(worker, { kind: "drain" });
    },
    finish,
    complete: all.then((outcomes) => outcomes.forEach((outcome) => outcome.status === "rejected" && logFailure(outcome.reason))),
  };
}

function comeUp(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    // It may say how much it has counted before it says that it is ready.
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "ready") resolve();
      else if (message.kind === "failed") reject(revived(message));
    });
    worker.once("exit", () => reject(new Error("a worker process ended before it was ready")));
  });
}

/** Whoever is gone is not told any more. */
function tell(worker: Worker, message: LeaderMessage): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

async function end(worker: Worker, withinMs: number): Promise<void> {
  const gone = once(worker, "exit");
  tell(worker, { kind: "finish" });
  const late = setTimeout(() => worker.process.kill("SIGKILL"), withinMs);
  await gone;
  clearTimeout(late);
}

/** One that is not ready yet may not hear what it is told, and has nothing to finish. */
async function kill(worker: Worker): Promise<void> {
  const gone = once(worker, "exit");
  worker.process.kill("SIGKILL");
  await gone;
}
