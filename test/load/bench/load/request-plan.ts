/** Requests, jobs and results, as messages between the benchmark and its load process. */
/** The request to send again and again, with the parts that must differ from one to the next. */
export interface RequestPlan {
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** Each sent once and in place of `body`; when they are used up, the measurement ends. */
  bodies?: readonly string[];
  /** Sends `bodies` again and again. */
  bodiesRepeat?: boolean;
  /** Headers of each connection, beside the common ones. */
  headersOfConnection?: readonly Record<string, string>[];
}

/** A measurement to make. */
export interface LoadJob extends RequestPlan {
  connections: number;
  seconds: number;
}

/** The result of a measurement. Times are in milliseconds. */
export interface LoadSample {
  /** With a 2xx status. */
  answers: number;
  /** Answers a second. */
  rate: number;
  p50: number;
  p99: number;
  slowest: number;
  /** Answers of any other status, by status. */
  refusals: Record<string, number>;
  /** Broken connections and requests that got no answer. */
  failures: number;
}

/** @throws Error if the server refused or did not answer a request: such a measurement means nothing */
export function mustBeClean(sample: LoadSample, what: string): void {
  const refused = Object.entries(sample.refusals).map(([status, count]) => `${count} × status ${status}`);
  const failed = sample.failures > 0 ? [`${sample.failures} broken connections or timeouts`] : [];
  const nothing = sample.answers === 0 ? ["no answer at all"] : [];
  const faults = [...refused, ...failed, ...nothing];
  if (faults.length > 0) throw new Error(`${what}: ${faults.join(", ")}`);
}
