import autocannon from "autocannon";
import { quantile } from "../statistics";
import type { LoadJob, LoadSample } from "./request-plan";

/** The process that generates the load: it takes one job at a time and sends back the measurement. */
process.on("message", (job: LoadJob) => {
  void runJob(job).then((sample) => process.send?.(sample));
});
process.on("disconnect", () => process.exit());
process.on("SIGINT", () => undefined);

/** Keeps the time of every answer, since autocannon's histogram has whole milliseconds only. */
function runJob(job: LoadJob): Promise<LoadSample> {
  const times: number[] = [];
  const refusals: Record<string, number> = {};
  let began = performance.now();
  let ended = began;
  let over = false;

  return new Promise((resolve, reject) => {
    const instance = autocannon({ ...optionsOf(job, usedUp), sampleInt: 50 }, (error, { errors }) => {
      if (error === null) resolve(summarize(times, refusals, errors, ended - began));
      else reject(error);
    });
    instance.on("start", () => {
      began = performance.now();
    });
    instance.on("response", (_client, status, _bytes, milliseconds) => {
      if (over) return;
      ended = performance.now();
      if (status >= 200 && status < 300) times.push(milliseconds);
      else refusals[status] = (refusals[status] ?? 0) + 1;
    });

    function usedUp(): void {
      over = true;
      instance.stop();
    }
  });
}

function optionsOf(job: LoadJob, usedUp: () => void): Omit<autocannon.Options, "sampleInt"> {
  const { url, headers, body, bodies, bodiesRepeat, headersOfConnection, connections, seconds } = job;
  const common = { url, method: "POST" as const, headers, connections, duration: seconds };
  let started = 0;
  return {
    ...common,
    ...(body === undefined ? {} : { body }),
    ...(bodies === undefined
      ? {}
      : { requests: [{ setupRequest: makeBodyCycler(bodies, bodiesRepeat === true ? () => undefined : usedUp) }] }),
    ...(headersOfConnection === undefined
      ? {}
      : { setupClient: (client) => client.setHeaders({ ...headers, ...headersOfConnection[started++ % headersOfConnection.length] }) }),
  };
}

/** Sends one body after the other. When all are used up, most measurements are over, since a repeated body would be refused. */
function makeBodyCycler(bodies: readonly string[], usedUp: () => void): (request: autocannon.Request) => autocannon.Request {
  let next = 0;
  return (request) => {
    if (next > 0 && next % bodies.length === 0) usedUp();
    return { ...request, body: bodies[next++ % bodies.length] ?? "" };
  };
}

function summarize(times: readonly number[], refusals: Record<string, number>, failures: number, milliseconds: number): LoadSample {
  const sorted = Float64Array.from(times).sort();
  return {
    answers: times.length,
    rate: (times.length * 1000) / milliseconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    slowest: quantile(sorted, 1),
    refusals,
    failures,
  };
}
