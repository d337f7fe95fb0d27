import type { Clock } from "../engine/client";
import type { FaultRecord, FaultStore } from "../store/sandbox/faults";
import { checkFault, findTarget, type Target } from "./check-fault";
import type { Fault, Faults } from "./fault";

/** What faults are armed with. */
export interface FaultsPorts {
  store: FaultStore;
  /** What they may be armed at. */
  listTargets: () => readonly Target[];
  clock: Clock;
}

/** Makes the faults of one database, which every server with a sandbox on it looks for. */
export function makeFaults({ store, listTargets, clock }: FaultsPorts): Faults {
  return {
    arm: async (fault) => {
      checkFault(fault, listTargets());
      const { contract, clientId = null, times = null, ...effect } = fault;
      await store.add({ contract, clientId, timesLeft: times, effect }, clock());
    },
    list: async (page) =>
      (await store.list(page)).map((record) => ({ ...toFault(record), armedAt: record.armedAt, cursor: record.cursor })),
    mustKnow: (contract) => void findTarget(contract, listTargets()),
    clear: (contract) => store.clear(contract),
    take: async (contract, clientId) => {
      const record = await store.take(contract, clientId);
      return record && toFault(record);
    },
  };
}

function toFault({ contract, clientId, timesLeft, effect }: FaultRecord): Fault {
  return { ...effect, contract, ...(clientId !== null && { clientId }), ...(timesLeft !== null && { times: timesLeft }) };
}
