import { makeWorkersMetrics } from "../../src/metrics/workers-metrics";
import { asItWas, courseOf, flaws, makeFlawedMetrics, type Shown } from "./gathering";

jest.setTimeout(60_000);

const countsOf = (course: readonly Shown[]): number[] => course.map(({ counted }) => counted);
const presentIn = (course: readonly Shown[]): number[] => course.map(({ present }) => present);

describe("the metrics of workers that die, are replaced and are too busy to answer", () => {
  it("never count down, and count nobody who is gone among those who are there", async () => {
    expect(await courseOf(makeWorkersMetrics)).toEqual(asItWas);
  });

  it("would count down with a leader that forgets those that died", async () => {
    const course = await courseOf(() => makeFlawedMetrics(flaws["forgets those that died"]));
    expect(countsOf(course)).toEqual([5, 3, 4, 4, 0]);
  });

  it("would show the dead with a leader that keeps all of them", async () => {
    const course = await courseOf(() => makeFlawedMetrics(flaws["keeps all of those that died"]));
    expect([countsOf(course), presentIn(course)]).toEqual([countsOf(asItWas), [2, 2, 3, 3, 3]]);
  });

  it("would count down with a leader that shows only those that answer", async () => {
    const course = await courseOf(() => makeFlawedMetrics(flaws["shows only those that answer"]));
    expect(countsOf(course)[3]).toBe(3);
  });
});
