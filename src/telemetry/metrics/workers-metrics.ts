import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry } from "prom-client";
import { type AskForMetrics, isMetrics, type Snapshot } from "./messages";

/** Milliseconds that the workers have. Whoever is too busy is counted as it was the last time. */
const patienceMs = 1_000;

/** What the workers measured, from the leader's point of view. */
export interface WorkersMetrics {
  /** One snapshot per worker, and one of those that are gone. */
  gather(): Promise<Snapshot[]>;
  close(): void;
}

/**
 * Counts must never go down: a message that is lost, since a worker that just began has no listener yet, leaves the last
 * count in force, and the last count of a worker that died is kept for good.
 */
export function makeWorkersMetrics(): WorkersMetrics {
  const latest = new Map<number, Snapshot>();
  let departed: Snapshot = [];
  let asked = 0;
  let arrived: () => void = () => undefined;
  let missing = new Set<number>();
  let departing = Promise.resolve();

  const onMessage = (worker: Worker, message: unknown): void => {
    // What a dead worker still had in the pipe comes too late: its last count is among the departed already.
    if (!isMetrics(message) || worker.isDead()) return;
    latest.set(worker.id, message.snapshot);
    if (message.id === asked) missing.delete(worker.id);
    if (missing.size === 0) arrived();
  };
  const onExit = ({ id }: Worker): void => {
    const last = latest.get(id);
    latest.delete(id);
    missing.delete(id);
    if (missing.size === 0) arrived();
    if (last !== undefined) departing = departing.then(async () => void (departed = await summed([departed, last.filter(onlyGrows)])));
  };
  cluster.on("message", onMessage).on("exit", onExit);

  return {
    gather: async () => {
      asked += 1;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true) as Worker[];
      missing = new Set(workers.map(({ id }) => id));
      const all = new Promise<void>((resolve) => (arrived = resolve));
      const timer = setTimeout(() => arrived(), patienceMs);
      for (const worker of workers) worker.send({ kind: "ask-for-metrics", id: asked } satisfies AskForMetrics, () => undefined);
      if (workers.length > 0) await all;
      clearTimeout(timer);
      await departing;
      return [departed, ...latest.values()];
    },
    close: () => void cluster.off("message", onMessage).off("exit", onExit),
  };
}

/** A gauge says what is, which for a process that is gone is nothing. */
function onlyGrows({ type }: Snapshot[number]): boolean {
  return ["counter", "histogram"].includes(String(type));
}

/** One snapshot out of several. */
function summed(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  return AggregatorRegistry.aggregate([...snapshots]).getMetricsAsJSON();
}
