/** A worker that counts on command and answers its leader's metrics requests. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { answerMetricsRequests } from "../../../src/telemetry/metrics/messages";

/** A command of the leader: to count by that number, or to block for so many milliseconds. */
export interface Work {
  count?: number;
  busyMs?: number;
}

const registers = [new Registry()];
const counter = new Counter({ name: "counted_total", help: "Counted on command", registers });
const histogram = new Histogram({ name: "observed", help: "One observation per count", registers });
new Gauge({ name: "present", help: "1 while the worker runs", registers }).set(1);
answerMetricsRequests(registers[0] as Registry);

process.on("message", (message) => {
  const { count, busyMs } = message as Work;
  if (count !== undefined) {
    counter.inc(count);
    for (let n = 0; n < count; n += 1) histogram.observe(n);
    process.send?.("done");
  }
  if (busyMs !== undefined) {
    process.send?.("busy", undefined, undefined, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyMs));
  }
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
