import type { Outcome } from "../scenario";
import type { DatabaseFault } from "../../../qualities/faults/fault";
import { measureFaultUnderLoad, makeOutcome, type FaultLoad } from "../../../qualities/faults/load";
import { makeFullDiskFault, makePostgresFixture, serverFaults, type PostgresFixture } from "../../../qualities/faults/server-states";

const load: FaultLoad = { callers: 50, beforeMs: 1_000, duringMs: 4_000 };

async function measureScenario(make: (stand: () => PostgresFixture) => DatabaseFault | undefined): Promise<Outcome> {
  const stand = await makePostgresFixture();
  try {
    const fault = make(() => stand);
    if (fault === undefined) return notTried;
    return makeOutcome(await measureFaultUnderLoad(stand, fault, load));
  } finally {
    await stand.stop();
  }
}

const notTried: Outcome = {
  name: "database has a full disk",
  requests: 0,
  answered: 0,
  lost: 0,
  recoveredAfterMs: null,
  remark: "not tried, since this user may not mount a small disk",
};

/** The database server ends, or cannot be used, while fifty callers request tokens by all contracts. */
export const databaseShutDown = () => measureScenario(serverFaults.shutDown);
export const databaseShutDownAtOnce = () => measureScenario(serverFaults.shutDownAtOnce);
export const databaseKilled = () => measureScenario(serverFaults.killed);
export const databaseReadOnly = () => measureScenario(serverFaults.readOnly);
export const databaseWithoutStandby = () => measureScenario(serverFaults.noStandby);
export const databaseLocked = () => measureScenario(serverFaults.locked);
export const databaseExhausted = () => measureScenario(serverFaults.exhausted);
export const databaseFull = () => measureScenario((stand) => makeFullDiskFault(stand, { emptied: false }));
