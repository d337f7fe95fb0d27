import type { Outcome } from "../scenario";
import type { Fault } from "../../../qualities/faults/fault";
import { loadThrough, outcomeOf, type Load } from "../../../qualities/faults/load";
import { fullDisk, makeStand, serverFaults, type Stand } from "../../../qualities/faults/server-states";

const load: Load = { askers: 50, beforeMs: 1_000, duringMs: 4_000 };

async function through(make: (stand: () => Stand) => Fault | undefined): Promise<Outcome> {
  const stand = await makeStand();
  try {
    const fault = make(() => stand);
    if (fault === undefined) return notTried;
    return outcomeOf(await loadThrough(stand, fault, load));
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

/** The database ends, or is there and yet of no use, while fifty ask by all contracts. */
export const databaseShutDown = () => through(serverFaults.shutDown);
export const databaseShutDownAtOnce = () => through(serverFaults.shutDownAtOnce);
export const databaseKilled = () => through(serverFaults.killed);
export const databaseReadOnly = () => through(serverFaults.readOnly);
export const databaseWithoutStandby = () => through(serverFaults.noStandby);
export const databaseLocked = () => through(serverFaults.locked);
export const databaseExhausted = () => through(serverFaults.exhausted);
export const databaseFull = () => through((stand) => fullDisk(stand, { emptied: false }));
