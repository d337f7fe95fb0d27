import { arrive, type Newcomer } from "../../test/process/newcomer";
import { postgresKill } from "../process/postgres-kill";
import { purgeUnderLoad } from "../process/purge";
import { rollingRestart } from "../process/rolling-restart";
import { slowloris } from "../process/slowloris";
import { workerKill } from "../process/worker-kill";
import type { Outcome, Scenario } from "../scenario";

export const processWorkerKill: Scenario = () => asNewcomer(workerKill);
export const processPostgresKill: Scenario = () => asNewcomer(postgresKill);
export const processRollingRestart: Scenario = () => asNewcomer(rollingRestart);
export const processSlowloris: Scenario = () => asNewcomer(slowloris);
export const processPurge: Scenario = () => purgeUnderLoad();

/** With a Polymint as `make run` has it, in a folder of its own that is removed afterwards. */
async function asNewcomer(scenario: (newcomer: Newcomer) => Promise<Outcome>): Promise<Outcome> {
  const newcomer = arrive();
  try {
    return await scenario(newcomer);
  } finally {
    await newcomer.leave();
  }
}
