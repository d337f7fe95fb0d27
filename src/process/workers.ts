import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Config } from "../config";
import { makeDispatcher } from "./dispatch";
import { type ConnectionHandler, type LeaderMessage, restoreError, type WorkerMessage } from "./messages";

/** Milliseconds before a worker that died is replaced; one that dies at once must not be replaced in a loop. */
const restartPauseMs = 1_000;
/** Milliseconds that a worker may take to end after its requests are finished or cut off. */
const endingMs = 5_000;

/** The worker processes, which serve the connections. */
export interface WorkerPool extends ConnectionHandler {
  /** Resolves when every worker has started, or has failed to for the first time. */
  allStarted: Promise<void>;
}

/**
 * Starts the worker processes and replaces those that die, even while they start.
 * @returns when the first worker is ready
 * @throws Error the first worker's reason, if no worker can start; no worker process is left then
 */
export async function startWorkerPool({ workers: count, drainSeconds, tls }: Config, log: Logger): Promise<WorkerPool> {
  const dispatcher = makeDispatcher();
  const alive = new Set<Worker>();
  const ready = new Set<Worker>();
  // Without shared keys, a client could resume its TLS session only at the worker where it began.
  const ticketKeys = tls && randomBytes(48).toString("base64");
  let isStopping = false;

  /** Resolves when the new worker is ready. @throws Error if it cannot start */
  async function startWorkerProcess(): Promise<void> {
    const worker = cluster.fork();
    alive.add(worker);
    worker.once("exit", (code, signal) => {
      alive.delete(worker);
      const served = ready.delete(worker);
      if (!isStopping) void replaceWorker(worker, served, { code, signal });
    });
    worker.on("message", ({ kind }: WorkerMessage) => {
      if (kind === "write-failed") for (const other of ready) if (other !== worker) sendMessage(other, { kind });
    });
    await waitUntilReady(worker);
    ready.add(worker);
    if (ticketKeys !== undefined) sendMessage(worker, { kind: "ticket-keys", keys: ticketKeys });
    if (isStopping) sendMessage(worker, { kind: "drain" });
    dispatcher.addWorker(worker);
  }

  async function replaceWorker({ process: { pid } }: Worker, served: boolean, end: { code: number; signal: string }): Promise<void> {
    if (served) log.error({ worker: pid, ...end }, "A worker died and is being replaced.");
    log.flush();
    await sleep(restartPauseMs);
    if (!isStopping) await startWorkerProcess().catch(logFailure);
  }

  function logFailure(error: unknown): void {
    if (isStopping) return;
    log.error({ detail: error instanceof Error ? error.message : String(error) }, "A worker could not start. The server tries again.");
    log.flush();
  }

  async function finish(): Promise<void> {
    isStopping = true;
    const deadline = performance.now() + drainSeconds * 1000;
    await dispatcher.waitUntilEmpty(drainSeconds * 1000);
    const withinMs = Math.max(0, deadline - performance.now()) + endingMs;
    await Promise.all([...alive].map((worker) => (ready.has(worker) ? endWorker(worker, withinMs) : killWorker(worker))));
  }

  const starting = Array.from({ length: count }, startWorkerProcess);
  const settled = Promise.allSettled(starting);
  try {
    await Promise.any(starting);
  } catch (error) {
    await finish();
    throw (error as AggregateError).errors[0];
  }
  return {
    handleConnection: (socket, listenerIndex) => dispatcher.dispatch(socket, listenerIndex),
    beginDrain: () => {
      isStopping = true;
      for (const worker of ready) sendMessage(worker, { kind: "drain" });
    },
    finish,
    allStarted: settled.then((outcomes) => outcomes.forEach((outcome) => outcome.status === "rejected" && logFailure(outcome.reason))),
  };
}

/** @throws the worker's own error if it reports one, Error if it ends before it is ready */
function waitUntilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not once: messages of the metrics use the same channel and may come first.
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "ready") resolve();
      else if (message.kind === "failed") reject(restoreError(message));
    });
    worker.once("exit", () => reject(new Error("A worker process ended before it was ready.")));
  });
}

/** Sends nothing to a worker whose channel is closed. */
function sendMessage(worker: Worker, message: LeaderMessage): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

async function endWorker(worker: Worker, withinMs: number): Promise<void> {
  const exited = once(worker, "exit");
  sendMessage(worker, { kind: "finish" });
  const timer = setTimeout(() => worker.process.kill("SIGKILL"), withinMs);
  await exited;
  clearTimeout(timer);
}

/** For a worker that is not ready yet: it may not receive messages, and it has nothing to finish. */
async function killWorker(worker: Worker): Promise<void> {
  const exited = once(worker, "exit");
  worker.process.kill("SIGKILL");
  await exited;
}
