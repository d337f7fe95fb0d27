import { makeWorkersMetrics } from "../../../src/telemetry/metrics/workers-metrics";
import { asItWas, countsDown, courseOf, flaws, makeFlawedMetrics } from "./gathering";

jest.setTimeout(60_000);

describe("the metrics of workers that die, are replaced and are too busy to answer", () => {
  it("never count down, and count nobody who is gone among those who are there", async () => {
    const course = await courseOf(makeWorkersMetrics);
    expect([course, countsDown(course)]).toEqual([asItWas, false]);
  });

  it.each(["forgets those that died", "shows only those that answer"] as const)("would count down with a leader that %s", async (what) => {
    expect(countsDown(await courseOf(() => makeFlawedMetrics(flaws[what])))).toBe(true);
  });

  it("would show the dead with a leader that keeps all of what they said", async () => {
    const course = await courseOf(() => makeFlawedMetrics(flaws["keeps all of what the dead said"]));
    expect(course.at(-1)?.present).toBeGreaterThan(0);
  });
});
