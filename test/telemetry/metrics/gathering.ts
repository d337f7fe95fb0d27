import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { join } from "node:path";
import { formatMetrics } from "../../../src/telemetry/metrics/endpoint";
import { isMetricsResponse, type MetricsSnapshot } from "../../../src/telemetry/metrics/messages";
import type { WorkersMetrics } from "../../../src/telemetry/metrics/workers-metrics";
import type { Work } from "./counting-worker";
import { samplesIn, valueOf } from "./samples";

/** What the leader shows at one moment. */
export interface Shown {
  counted: number;
  observed: number;
  present: number;
}

/** What there is to show, from moment to moment, in `courseOf`. */
export const asItWas: readonly Shown[] = [
  { counted: 5, observed: 5, present: 2 },
  { counted: 5, observed: 5, present: 1 },
  { counted: 6, observed: 6, present: 2 },
  { counted: 6, observed: 6, present: 2 },
  { counted: 6, observed: 6, present: 0 },
];

/** Whether anything that was counted was less at a later moment. */
export function countsDown(course: readonly Shown[]): boolean {
  return course.some(({ counted, observed }, at) => counted < (course[at - 1]?.counted ?? 0) || observed < (course[at - 1]?.observed ?? 0));
}

/** Longer than a leader waits for an answer. */
const busyMs = 1_500;

/**
 * Two workers count to five; one is killed; another takes its place, and counts once; one is too busy to say what it has
 * counted; both are killed. @returns what is shown after each
 */
export async function courseOf(make: () => WorkersMetrics): Promise<Shown[]> {
  cluster.setupPrimary({ exec: join(__dirname, "counting-worker.ts"), execArgv: ["--import", "tsx"] });
  const metrics = make();
  const course: Shown[] = [];
  const look = async (): Promise<void> => void course.push(await shown(metrics));
  // Twice, since on a slow machine an answer may come too late for the one that asked.
  const lookWell = async (): Promise<void> => {
    await shown(metrics);
    await look();
  };
  try {
    const [first, second] = await Promise.all([fork(), fork()]);
    await Promise.all([tell(first, { count: 2 }), tell(second, { count: 3 })]);
    await lookWell();
    await kill(first);
    await lookWell();
    const third = await fork();
    await tell(third, { count: 1 });
    await lookWell();
    await tell(second, { busyMs });
    await look();
    await Promise.all([kill(second), kill(third)]);
    await look();
    return course;
  } finally {
    metrics.close();
    await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => (worker === undefined ? Promise.resolve() : kill(worker))));
  }
}

async function shown(metrics: WorkersMetrics): Promise<Shown> {
  const samples = samplesIn(await formatMetrics(await metrics.gather()));
  const of = (name: string): number => valueOf(samples, name) ?? 0;
  return { counted: of("counted_total"), observed: of("observed_count"), present: of("present") };
}

async function fork(): Promise<Worker> {
  const worker = cluster.fork();
  await once(worker, "message");
  return worker;
}

async function tell(worker: Worker, work: Work): Promise<void> {
  const done = once(worker, "message");
  worker.send(work);
  await done;
}

/** Resolves when the leader knows. */
async function kill(worker: Worker): Promise<void> {
  const gone = once(worker, "exit");
  worker.process.kill("SIGKILL");
  await gone;
}

/** What a leader must not do. */
export const flaws = {
  "forgets those that died": { keeps: () => false, answeredNow: false },
  "keeps all of what the dead said": { keeps: () => true, answeredNow: false },
  "shows only those that answer": { keeps: onlyGrows, answeredNow: true },
} satisfies Record<string, Flaw>;

interface Flaw {
  /** Whether it keeps a metric of one that died. */
  keeps: (metric: MetricsSnapshot[number]) => boolean;
  /** Whether it leaves out who does not answer this time. */
  answeredNow: boolean;
}

function onlyGrows({ type }: MetricsSnapshot[number]): boolean {
  return ["counter", "histogram"].includes(String(type));
}

/** Gathers as the real one does, but for its flaw. */
export function makeFlawedMetrics({ keeps, answeredNow }: Flaw): WorkersMetrics {
  const latest = new Map<number, MetricsSnapshot>();
  const departed: MetricsSnapshot[] = [];
  let asked = 0;
  const onMessage = (worker: Worker, message: unknown): void => {
    if (isMetricsResponse(message) && message.id === asked) latest.set(worker.id, message.snapshot);
  };
  const onExit = ({ id }: Worker): void => {
    departed.push((latest.get(id) ?? []).filter(keeps));
    latest.delete(id);
  };
  cluster.on("message", onMessage).on("exit", onExit);
  return {
    gather: async () => {
      asked += 1;
      if (answeredNow) latest.clear();
      const workers = Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? []);
      const answers = workers.map((worker) => once(worker, "message", { signal: AbortSignal.timeout(1_000) }));
      for (const worker of workers) worker.send({ kind: "metrics-request", id: asked });
      await Promise.allSettled(answers);
      return [...departed, ...latest.values()];
    },
    close: () => void cluster.off("message", onMessage).off("exit", onExit),
  };
}
