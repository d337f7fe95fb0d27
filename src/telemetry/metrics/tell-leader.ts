import type { Registry } from "prom-client";
import { isAskForMetrics, type Metrics } from "./messages";

/** In a worker: answers the leader whenever it asks. */
export function tellLeader(registry: Registry): void {
  process.on("message", (message) => {
    if (!isAskForMetrics(message)) return;
    const { id } = message;
    void registry.getMetricsAsJSON().then((snapshot) => {
      // The leader may be gone by now, and then nobody misses it.
      if (process.connected) process.send?.({ kind: "metrics", id, snapshot } satisfies Metrics, undefined, undefined, () => undefined);
    });
  });
}
