import type { Registry } from "prom-client";

/** A registry's content as one process sends it to another. */
export type MetricsSnapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** The leader asks a worker for its metrics. */
export interface MetricsRequest {
  kind: "metrics-request";
  id: number;
}

/** The worker's answer. */
export interface MetricsResponse {
  kind: "metrics-response";
  /** Of the request that it answers. */
  id: number;
  snapshot: MetricsSnapshot;
}

export function isMetricsRequest(message: unknown): message is MetricsRequest {
  return kindOf(message) === "metrics-request";
}

export function isMetricsResponse(message: unknown): message is MetricsResponse {
  return kindOf(message) === "metrics-response";
}

function kindOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "kind" in message ? message.kind : undefined;
}

/** In a worker: answers every metrics request of the leader from now on. */
export function answerMetricsRequests(registry: Registry): void {
  process.on("message", (message) => {
    if (!isMetricsRequest(message)) return;
    const { id } = message;
    void registry.getMetricsAsJSON().then((snapshot) => {
      const response: MetricsResponse = { kind: "metrics-response", id, snapshot };
      // If the leader has died meanwhile, the answer is not needed.
      if (process.connected) process.send?.(response, undefined, undefined, () => undefined);
    });
  });
}
