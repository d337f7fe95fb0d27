import type { Registry } from "prom-client";

/** A registry's content as it goes from one process to another. */
export type Snapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** The leader asks for what a worker measured… */
export interface AskForMetrics {
  kind: "ask-for-metrics";
  id: number;
}

/** …and the worker says. */
export interface Metrics {
  kind: "metrics";
  id: number;
  snapshot: Snapshot;
}

export function isAskForMetrics(message: unknown): message is AskForMetrics {
  return kindOf(message) === "ask-for-metrics";
}

export function isMetrics(message: unknown): message is Metrics {
  return kindOf(message) === "metrics";
}

function kindOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "kind" in message ? message.kind : undefined;
}
