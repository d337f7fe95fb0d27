import { runProperties } from "../../../qualities/properties/run";
import type { Outcome } from "../scenario";

const megabyte = 1_048_576;
const mostGrowthMegabytes = 100;

/** A hundred thousand generated requests, most of them malformed: no crash, no 5xx, no undeclared response. */
export async function malformedRequests(): Promise<Outcome> {
  // Another seed every day, and the date finds it again.
  const seed = Math.floor(Date.now() / 86_400_000);
  const { requests, statuses, growth } = await runProperties({ requests: 100_000, seed });
  const grown = Math.round(Math.max(growth.rss, growth.heapUsed) / megabyte);
  if (grown > mostGrowthMegabytes) throw new Error(`the server's memory grew by ${grown} MB with seed ${seed}`);
  const counts = Object.entries(statuses).map(([status, count]) => `${status} × ${count}`);
  return {
    name: "malformed requests",
    requests,
    // A request that is no HTTP may get no answer.
    answered: requests - (statuses.none ?? 0),
    lost: 0,
    recoveredAfterMs: null,
    remark: `seed ${seed}; ${counts.join(", ")}; memory ${grown >= 0 ? "+" : ""}${grown} MB`,
  };
}
