import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry } from "prom-client";
import { isMetricsResponse, type MetricsRequest, type MetricsSnapshot } from "./messages";

/** Milliseconds that the workers have to answer. For a worker that is too busy the last snapshot is used. */
const timeoutMs = 1_000;

/** The metrics of the workers, collected by the leader. */
export interface WorkersMetrics {
  /** Asks all workers. @returns one snapshot per worker, and one that sums up the workers that have died */
  gather(): Promise<MetricsSnapshot[]>;
  close(): void;
}

/**
 * A counter must never go down. So if a worker does not answer, for example because it has just started and has no listener
 * yet, its last snapshot stays in force; and the last counters of a dead worker are kept for good.
 */
export function makeWorkersMetrics(): WorkersMetrics {
  const latest = new Map<number, MetricsSnapshot>();
  let departed: MetricsSnapshot = [];
  let lastRequest = 0;
  let onComplete: () => void = () => undefined;
  let missing = new Set<number>();
  let departing = Promise.resolve();

  const onMessage = (worker: Worker, message: unknown): void => {
    // An answer that a dead worker had still in the pipe comes too late: its last snapshot is already in `departed`.
    if (!isMetricsResponse(message) || worker.isDead()) return;
    latest.set(worker.id, message.snapshot);
    if (message.id === lastRequest) missing.delete(worker.id);
    if (missing.size === 0) onComplete();
  };
  const onExit = ({ id }: Worker): void => {
    const last = latest.get(id);
    latest.delete(id);
    missing.delete(id);
    if (missing.size === 0) onComplete();
    if (last !== undefined)
      departing = departing.then(async () => void (departed = await sumSnapshots([departed, last.filter(isCumulative)])));
  };
  cluster.on("message", onMessage).on("exit", onExit);

  return {
    gather: async () => {
      lastRequest += 1;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true) as Worker[];
      missing = new Set(workers.map(({ id }) => id));
      const complete = new Promise<void>((resolve) => (onComplete = resolve));
      const timer = setTimeout(() => onComplete(), timeoutMs);
      for (const worker of workers) worker.send({ kind: "metrics-request", id: lastRequest } satisfies MetricsRequest, () => undefined);
      if (workers.length > 0) await complete;
      clearTimeout(timer);
      await departing;
      return [departed, ...latest.values()];
    },
    close: () => void cluster.off("message", onMessage).off("exit", onExit),
  };
}

/** Whether a dead worker's metric must be kept. A gauge describes the present, so it ends with its process. */
function isCumulative({ type }: MetricsSnapshot[number]): boolean {
  return ["counter", "histogram"].includes(String(type));
}

/** Sums up several snapshots in one. */
function sumSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return AggregatorRegistry.aggregate([...snapshots]).getMetricsAsJSON();
}
