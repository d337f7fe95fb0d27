/** A fault with a number meets exactly so many requests, however many come at once and at however many servers. */
import type { Database } from "../../src/store/database";
import { type FaultStore, makeFaultStore } from "../../src/store/sandbox/faults";
import { sendRequest, startPolymint, type TestPolymint } from "../../src/testkit";

const times = 2;
const runners = 20;
let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint({ sandbox: true });
});
afterAll(() => polymint.stop());

/** Deliberately wrong: it looks how often a fault is left, and counts it down afterwards. */
function makeBrokenStore(database: Database): FaultStore {
  const store = makeFaultStore(database);
  return {
    ...store,
    async take(contract) {
      const found = (await store.list()).find((fault) => fault.contract === contract);
      if (typeof found?.timesLeft !== "number") return undefined;
      const values = [found.timesLeft - 1, contract];
      await database.query({ name: "broken_take", text: "UPDATE sandbox_faults SET times_left = ? WHERE dialect = ?" }, values);
      return found;
    },
  };
}

/** Arms a fault and sends requests to all servers at once. @returns how many were refused */
async function raceForFault(urls: readonly string[]): Promise<number> {
  await polymint.faults?.clear();
  await polymint.faults?.arm({ contract: "abbeycross", refusal: "throttled", times });
  const request = await polymint.makeDemoRequest("abbeycross");
  const answers = await Promise.all(Array.from({ length: runners }, (_, at) => sendRequest(urls[at % urls.length] ?? "", request)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  return statuses.filter((status) => status === 429).length;
}

async function raceTenTimes(urls: readonly string[]): Promise<number[]> {
  const refused: number[] = [];
  for (let round = 0; round < 10; round += 1) refused.push(await raceForFault(urls));
  return refused;
}

it("twenty requests at two servers meet a fault with two times exactly twice", async () => {
  const other = await polymint.startAnother();
  expect(new Set(await raceTenTimes([polymint.url, other.url]))).toEqual(new Set([times]));
});

it("(control) the same race catches a store that looks first and counts afterwards", async () => {
  const broken = await Promise.all([1, 2].map(() => polymint.startAnother({ sandbox: { makeFaultStore: makeBrokenStore } })));
  const refused = await raceTenTimes(broken.map(({ url }) => url));
  expect(refused.some((count) => count > times)).toBe(true);
});
