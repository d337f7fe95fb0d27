/** Short versions of the process scenarios of `make stress`. */
import { makeDeletingPurge, makePatientPurge } from "./stress/process/broken-purges";
import { killPostgres } from "./stress/process/postgres-kill";
import { purgeUnderLoad } from "./stress/process/purge";
import { restartServers } from "./stress/process/rolling-restart";
import { attackWithSlowloris } from "./stress/process/slowloris";
import type { Effort, ScenarioFigures } from "./stress/process/stressed-server";
import { killWorker } from "./stress/process/worker-kill";
import { installServer, type InstalledServer } from "../harness/installed-server";

jest.setTimeout(120_000);

/** `make stress` runs the same scenarios for longer. */
const briefEffort: Effort = { callers: 8, aroundMs: 300 };

let installed: InstalledServer;
beforeAll(() => {
  installed = installServer();
});
afterAll(() => installed.remove());

/** Each scenario judges its own figures; `make stress` shows that it catches broken servers. */
function mustHaveNoFaults(found: ScenarioFigures): void {
  process.stderr.write(`${JSON.stringify(found)}\n`);
  expect(found.faults).toEqual([]);
}

it("a server survives kill -9 of a worker: the others answer, a new one replaces it, and no answered token is lost", async () => {
  mustHaveNoFaults(await killWorker(installed, briefEffort));
});

it("a server survives kill -9 of its PostgreSQL: it answers as unavailable, recovers within seconds, and loses no answered token", async () => {
  mustHaveNoFaults(await killPostgres(installed, briefEffort));
});

it("a rolling restart of two servers loses no answer and no request that is retried at the other server", async () => {
  mustHaveNoFaults(await restartServers(installed, briefEffort));
});

it("a server with 300 descriptors under a slowloris attack serves other clients within 6 s", async () => {
  mustHaveNoFaults(await attackWithSlowloris(installed, briefEffort));
});

describe("a purge of the ledger under load", () => {
  it("refuses no request, blocks none behind a reader of the ledger, loses no live token, and leaves no expired one", async () => {
    mustHaveNoFaults(await purgeUnderLoad(20_000, briefEffort));
  });

  describe("that is broken", () => {
    let deleting: ScenarioFigures;
    let patient: ScenarioFigures;
    // At the same time: one of them mostly waits, and each has a database of its own.
    beforeAll(async () => {
      [deleting, patient] = await Promise.all([
        purgeUnderLoad(20_000, briefEffort, makeDeletingPurge),
        purgeUnderLoad(20_000, briefEffort, makePatientPurge),
      ]);
    });

    it("(control) leaves disk space occupied if it deletes rows", () => {
      expect(deleting.faults).toEqual([expect.stringMatching(/^the expired tokens still take [1-9]/)]);
    });

    it("(control) blocks requests if it waits for its lock", () => {
      expect(patient.faults).toEqual(["0 tokens were given while the purge waited for a reader"]);
    });
  });
});
