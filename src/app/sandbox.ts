import type { Api } from "../http/api";
import type { Target } from "../sandbox/check-fault";
import type { Faults } from "../sandbox/fault";
import { makeFaults } from "../sandbox/faults";
import type { SandboxOptions } from "../sandbox/options";
import { makeFaultStore } from "../store/sandbox/faults";
import type { AppSettings } from "./options";

/** Builds the faults that can be armed at these apis. */
export function buildFaults(
  { makeFaultStore: makeStore = makeFaultStore }: SandboxOptions,
  apis: readonly Api[],
  { database, clock, contracts }: AppSettings,
): Faults {
  const targets = apis.filter(hasFaults).map((api) => toTarget(api, contracts.all));
  return makeFaults({ store: makeStore(database), targets, clock });
}

/** Whether faults meet the requests of an api. A probe is answered as ever: a server with faults must not look dead. */
export function hasFaults({ vital }: Api): boolean {
  return vital !== true;
}

function toTarget({ name, endpoints }: Api, contracts: AppSettings["contracts"]["all"]): Target {
  return { name, endpoints: Object.values(endpoints), issuesTokens: contracts.some((contract) => contract.name === name) };
}
