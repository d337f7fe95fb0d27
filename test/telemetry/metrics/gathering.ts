import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { join } from "node:path";
import { formatMetrics } from "../../../src/telemetry/metrics/endpoint";
import { isMetricsResponse, type MetricsSnapshot } from "../../../src/telemetry/metrics/messages";
import type { WorkersMetrics } from "../../../src/telemetry/metrics/workers-metrics";
import type { Work } from "./counting-worker";
import { findValue, parseSamples } from "./samples";

/** The metrics that the leader serves at one moment. */
export interface ServedMetrics {
  counted: number;
  observed: number;
  present: number;
}

/** The correct metrics after each step of `recordCourse`. */
export const expectedCourse: readonly ServedMetrics[] = [
  { counted: 5, observed: 5, present: 2 },
  { counted: 5, observed: 5, present: 1 },
  { counted: 6, observed: 6, present: 2 },
  { counted: 6, observed: 6, present: 2 },
  { counted: 6, observed: 6, present: 0 },
];

/** Whether any counter was lower at a later moment. */
export function countsDown(course: readonly ServedMetrics[]): boolean {
  return course.some(({ counted, observed }, at) => counted < (course[at - 1]?.counted ?? 0) || observed < (course[at - 1]?.observed ?? 0));
}

/** Longer than a leader waits for an answer. */
const busyMs = 1_500;

/**
 * Two workers count to five; one is killed; another replaces it and counts once; one is too busy to answer; both are killed.
 * @returns the metrics after each step
 */
export async function recordCourse(make: () => WorkersMetrics): Promise<ServedMetrics[]> {
  cluster.setupPrimary({ exec: join(__dirname, "counting-worker.ts"), execArgv: ["--import", "tsx"] });
  const metrics = make();
  const course: ServedMetrics[] = [];
  const record = async (): Promise<void> => void course.push(await readMetrics(metrics));
  // Twice: on a slow machine an answer may come too late for its request.
  const recordComplete = async (): Promise<void> => {
    await readMetrics(metrics);
    await record();
  };
  try {
    const [first, second] = await Promise.all([forkWorker(), forkWorker()]);
    await Promise.all([sendWork(first, { count: 2 }), sendWork(second, { count: 3 })]);
    await recordComplete();
    await killWorker(first);
    await recordComplete();
    const third = await forkWorker();
    await sendWork(third, { count: 1 });
    await recordComplete();
    await sendWork(second, { busyMs });
    await record();
    await Promise.all([killWorker(second), killWorker(third)]);
    await record();
    return course;
  } finally {
    metrics.close();
    await Promise.all(
      Object.values(cluster.workers ?? {}).map((worker) => (worker === undefined ? Promise.resolve() : killWorker(worker))),
    );
  }
}

async function readMetrics(metrics: WorkersMetrics): Promise<ServedMetrics> {
  const samples = parseSamples(await formatMetrics(await metrics.gather()));
  const of = (name: string): number => findValue(samples, name) ?? 0;
  return { counted: of("counted_total"), observed: of("observed_count"), present: of("present") };
}

async function forkWorker(): Promise<Worker> {
  const worker = cluster.fork();
  await once(worker, "message");
  return worker;
}

async function sendWork(worker: Worker, work: Work): Promise<void> {
  const done = once(worker, "message");
  worker.send(work);
  await done;
}

/** Resolves when the leader has noticed. */
async function killWorker(worker: Worker): Promise<void> {
  const gone = once(worker, "exit");
  worker.process.kill("SIGKILL");
  await gone;
}

/** Mistakes that a leader must not make. */
export const flaws = {
  "forgets dead workers": { keeps: () => false, onlyAnswered: false },
  "keeps every metric of dead workers": { keeps: () => true, onlyAnswered: false },
  "leaves out workers that do not answer": { keeps: isCumulative, onlyAnswered: true },
} satisfies Record<string, Flaw>;

interface Flaw {
  /** Whether the leader keeps a metric of a dead worker. */
  keeps: (metric: MetricsSnapshot[number]) => boolean;
  /** Whether it leaves out workers that do not answer this time. */
  onlyAnswered: boolean;
}

function isCumulative({ type }: MetricsSnapshot[number]): boolean {
  return ["counter", "histogram"].includes(String(type));
}

/** Gathers metrics like the real code, except for one mistake. */
export function makeFlawedMetrics({ keeps, onlyAnswered }: Flaw): WorkersMetrics {
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
      if (onlyAnswered) latest.clear();
      const workers = Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? []);
      const answers = workers.map((worker) => once(worker, "message", { signal: AbortSignal.timeout(1_000) }));
      for (const worker of workers) worker.send({ kind: "metrics-request", id: asked });
      await Promise.allSettled(answers);
      return [...departed, ...latest.values()];
    },
    close: () => void cluster.off("message", onMessage).off("exit", onExit),
  };
}
