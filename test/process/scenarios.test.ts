import { postgresKill } from "../../stress/process/postgres-kill";
import { purgeUnderLoad } from "../../stress/process/purge";
import { rollingRestart } from "../../stress/process/rolling-restart";
import { slowloris } from "../../stress/process/slowloris";
import type { Effort, Figures } from "../../stress/process/stage";
import { workerKill } from "../../stress/process/worker-kill";
import { arrive, type Newcomer } from "./newcomer";

jest.setTimeout(120_000);

/** The short version of what `make stress` does for longer. */
const briefly: Effort = { callers: 8, aroundMs: 300 };

let newcomer: Newcomer;
beforeAll(() => {
  newcomer = arrive();
});
afterAll(() => newcomer.leave());

function mustHaveLostNothing(found: Figures): void {
  process.stderr.write(`${JSON.stringify(found)}\n`);
  expect(found.lost).toBe(0);
  expect(found.given).toBeGreaterThan(100);
}

it("kill -9 of a worker: the others answer, another takes its place, nothing answered is lost", async () => {
  const found = await workerKill(newcomer, briefly);
  mustHaveLostNothing(found);
  // Those who were connected to it; the rest noticed nothing.
  expect(found.requests - found.answered).toBeLessThanOrEqual(briefly.callers);
});

it("kill -9 of PostgreSQL: callers are told so, it is back within seconds, nothing answered is lost", async () => {
  const found = await postgresKill(newcomer, briefly);
  mustHaveLostNothing(found);
  expect(found.requests).toBe(found.answered);
  expect(found.recoveredAfterMs).toBeLessThan(15_000);
});

it("a rolling restart of two servers: no request fails that is tried again at the other", async () => {
  const found = await rollingRestart(newcomer, briefly);
  mustHaveLostNothing(found);
  expect(found.given).toBe(found.requests);
});

it("slowloris with 300 descriptors: others are kept waiting for no longer than 6 s", async () => {
  const found = await slowloris(newcomer, briefly);
  mustHaveLostNothing(found);
  expect(found.recoveredAfterMs).toBeLessThan(6_000);
});

it("the purge: nobody is refused, nothing live is lost, everything expired goes", async () => {
  mustHaveLostNothing(await purgeUnderLoad(20_000, briefly));
});
