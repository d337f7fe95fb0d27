import { makeDeletingPurge, makePatientPurge } from "./stress/process/broken-purges";
import { killPostgres } from "./stress/process/postgres-kill";
import { purgeUnderLoad } from "./stress/process/purge";
import { restartServers } from "./stress/process/rolling-restart";
import { attackWithSlowloris } from "./stress/process/slowloris";
import type { Effort, ScenarioFigures } from "./stress/process/stressed-server";
import { killWorker } from "./stress/process/worker-kill";
import { installServer, type InstalledServer } from "../harness/installed-server";

jest.setTimeout(120_000);

/** The short version of what `make stress` does for longer. */
const briefly: Effort = { callers: 8, aroundMs: 300 };

let newcomer: InstalledServer;
beforeAll(() => {
  newcomer = installServer();
});
afterAll(() => newcomer.remove());

/** Each scenario judges what it found by itself; `make stress` shows that it catches a broken server. */
function mustHaveNoFaults(found: ScenarioFigures): void {
  process.stderr.write(`${JSON.stringify(found)}\n`);
  expect(found.faults).toEqual([]);
}

it("kill -9 of a worker: the others answer, another takes its place, nothing answered is lost", async () => {
  mustHaveNoFaults(await killWorker(newcomer, briefly));
});

it("kill -9 of PostgreSQL: callers are told so, it is back within seconds, nothing answered is lost", async () => {
  mustHaveNoFaults(await killPostgres(newcomer, briefly));
});

it("a rolling restart of two servers: no request fails that is tried again at the other, and no answer is lost", async () => {
  mustHaveNoFaults(await restartServers(newcomer, briefly));
});

it("slowloris with 300 descriptors: others are kept waiting for no longer than 6 s", async () => {
  mustHaveNoFaults(await attackWithSlowloris(newcomer, briefly));
});

describe("the purge", () => {
  it("refuses nobody, holds nobody up behind those who read the ledger, loses nothing live, and leaves nothing of what expired", async () => {
    mustHaveNoFaults(await purgeUnderLoad(20_000, briefly));
  });

  it("would leave the room they took if it deleted rows", async () => {
    const { faults } = await purgeUnderLoad(20_000, briefly, makeDeletingPurge);
    expect(faults).toEqual([expect.stringMatching(/^the expired tokens still take [1-9]/)]);
  });

  it("would hold up requests if it waited for its lock", async () => {
    const { faults } = await purgeUnderLoad(20_000, briefly, makePatientPurge);
    expect(faults).toEqual(["0 tokens were given while the purge waited for a reader"]);
  });
});
