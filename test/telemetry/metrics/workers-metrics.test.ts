import { makeWorkersMetrics } from "../../../src/telemetry/metrics/workers-metrics";
import { expectedCourse, countsDown, recordCourse, flaws, makeFlawedMetrics } from "./gathering";

jest.setTimeout(60_000);

describe("the metrics of workers that die, are replaced or do not answer", () => {
  it("never count down, and do not count dead workers as present", async () => {
    const course = await recordCourse(makeWorkersMetrics);
    expect([course, countsDown(course)]).toEqual([expectedCourse, false]);
  });

  it.each(["forgets dead workers", "leaves out workers that do not answer"] as const)(
    "(control) count down with a leader that %s",
    async (what) => {
      expect(countsDown(await recordCourse(() => makeFlawedMetrics(flaws[what])))).toBe(true);
    },
  );

  it("(control) count dead workers as present with a leader that keeps every metric of theirs", async () => {
    const course = await recordCourse(() => makeFlawedMetrics(flaws["keeps every metric of dead workers"]));
    expect(course.at(-1)?.present).toBeGreaterThan(0);
  });
});
