/** A worker that counts what it is told to, and tells its leader. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { answerMetricsRequests } from "../../../src/telemetry/metrics/messages";

/** What its leader tells it to do: to count so much, or to be too busy to answer for so long. */
export interface Work {
  count?: number;
  busyMs?: number;
}

const registers = [new Registry()];
const counter = new Counter({ name: "counted_total", help: "So much", registers });
const histogram = new Histogram({ name: "observed", help: "How often", registers });
new Gauge({ name: "present", help: "Whether it is there", registers }).set(1);
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
