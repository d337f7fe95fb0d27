import type { Measured } from "./rounds";
import { type Spread, spreadOf } from "./statistics";

/** All rounds of one server at one endpoint. */
export interface Line {
  connections: number;
  endpoint: string;
  server: string;
  /** Answers a second. */
  rate: Spread;
  /** Milliseconds: over the rounds' own percentiles. */
  p50: Spread;
  p99: Spread;
  /** CPU microseconds per answer: of the server, and of PostgreSQL meanwhile. */
  cpu: Spread;
  databaseCpu: Spread;
}

const metrics = {
  /** Answers a second. */
  rate: ({ rate }: Measured) => rate,
  /** CPU microseconds per answer, of the server. */
  cpu: ({ cpuMicros, answers }: Measured) => cpuMicros / answers,
  /** The same of PostgreSQL. */
  database: ({ databaseMicros, answers }: Measured) => databaseMicros / answers,
};

export type Metric = keyof typeof metrics;

/** One server in relation to another in the same rounds. */
export interface Ratio {
  endpoint: string;
  connections: number;
  /** The other server. */
  of: string;
  metric: Metric;
  median: number;
  min: number;
  max: number;
}

/** Sums the rounds up, without the warm-ups. */
export function summarise(measured: readonly Measured[]): Line[] {
  const rounds = measured.filter(({ round }) => round > 0);
  return rounds.filter(({ round }) => round === 1).map((first) => lineOf(first, rounds));
}

function lineOf(first: Measured, rounds: readonly Measured[]): Line {
  const own = rounds.filter((one) => sameEndpoint(one, first) && one.server === first.server);
  const { connections, endpoint, server } = first;
  const spread = (value: (one: Measured) => number): Spread => spreadOf(own.map(value));
  return {
    connections,
    endpoint,
    server,
    rate: spread(metrics.rate),
    p50: spread(({ p50 }) => p50),
    p99: spread(({ p99 }) => p99),
    cpu: spread(metrics.cpu),
    databaseCpu: spread(metrics.database),
  };
}

/** Compares a server with every other, round by round, without the warm-ups. */
export function compare(measured: readonly Measured[], subject: string, compared: readonly Metric[] = ["rate", "cpu"]): Ratio[] {
  const rounds = measured.filter(({ round }) => round > 0);
  return rounds
    .filter(({ round, server }) => round === 1 && server !== subject)
    .flatMap((first) => compared.flatMap((metric) => ratioOf(first, rounds, subject, metric) ?? []));
}

function ratioOf(first: Measured, rounds: readonly Measured[], subject: string, metric: Metric): Ratio | undefined {
  const value = metrics[metric];
  const lane = rounds.filter((one) => sameEndpoint(one, first));
  const values = lane
    .filter(({ server }) => server === subject)
    .flatMap((mine) =>
      lane.filter(({ server, round }) => server === first.server && round === mine.round).map((other) => value(mine) / value(other)),
    );
  if (values.length === 0) return undefined;
  const { median, least, most } = spreadOf(values);
  return { endpoint: first.endpoint, connections: first.connections, of: first.server, metric, median, min: least, max: most };
}

function sameEndpoint(one: Measured, other: Measured): boolean {
  return one.connections === other.connections && one.endpoint === other.endpoint;
}
