import { setImmediate as nextTurn } from "node:timers/promises";
import { makeCohort } from "../../src/http/cohort";

/** Lets so many requests arrive in one turn. @returns what has gone on, in order, and how many had done so after each turn */
async function arrive(count: number): Promise<{ order: number[]; afterTurn: number[] }> {
  const arriveInCohort = makeCohort();
  const order: number[] = [];
  for (let request = 0; request < count; request += 1) arriveInCohort(() => order.push(request));
  const afterTurn = [order.length];
  while (order.length < count) {
    await nextTurn();
    afterTurn.push(order.length);
  }
  return { order, afterTurn };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe("requests that arrive in one turn of the event loop", () => {
  it("go on in the next one, in their order", async () => {
    expect(await arrive(3)).toEqual({ order: upTo(3), afterTurn: [0, 3] });
  });

  it("go on 64 at a time, so that other work gets its turn", async () => {
    const { order, afterTurn } = await arrive(150);
    expect(order).toEqual(upTo(150));
    expect(afterTurn).toEqual([0, 64, 128, 150]);
  });

  it("take each of their steps together", async () => {
    const arriveInCohort = makeCohort();
    const steps: string[] = [];
    const request = async (name: string): Promise<void> => {
      steps.push(`${name} authenticates`);
      await Promise.resolve();
      steps.push(`${name} signs`);
    };
    for (const name of ["one", "two"]) arriveInCohort(() => void request(name));
    await nextTurn();
    await nextTurn();
    expect(steps).toEqual(["one authenticates", "two authenticates", "one signs", "two signs"]);
  });
});
