import { installServer, type InstalledServer } from "../../../harness/installed-server";
import { makeDeletingPurge, makePatientPurge } from "../process/broken-purges";
import { killPostgres } from "../process/postgres-kill";
import { purgeUnderLoad } from "../process/purge";
import { restartServers } from "../process/rolling-restart";
import { attackWithSlowloris, attackWithSlowReaders } from "../process/slowloris";
import type { Effort, ScenarioFigures } from "../process/stressed-server";
import { killWorker } from "../process/worker-kill";
import type { Outcome, Scenario } from "../scenario";

export const processWorkerKill: Scenario = () => expectNoFaults(withInstalledServer(killWorker));
export const processPostgresKill: Scenario = () => expectNoFaults(withInstalledServer(killPostgres));
export const processRollingRestart: Scenario = () => expectNoFaults(withInstalledServer(restartServers));
export const processSlowloris: Scenario = () => expectNoFaults(withInstalledServer(attackWithSlowloris));
export const processSlowReaders: Scenario = () => expectNoFaults(withInstalledServer(attackWithSlowReaders));
export const processPurge: Scenario = () => expectNoFaults(purgeUnderLoad());

/** What is broken shows soon. */
const briefly: Effort = { callers: 32, aroundMs: 1_000 };

export const processWorkerKillBroken: Scenario = () =>
  expectCaught(
    "a server that answers first and writes later",
    /not in the ledger/,
    withInstalledServer((it) => killWorker(it, briefly, "answers-first")),
  );
export const processPostgresKillBroken: Scenario = () =>
  expectCaught(
    "a server that answers first and writes later",
    /not in the ledger/,
    withInstalledServer((it) => killPostgres(it, briefly, "answers-first")),
  );
export const processRollingRestartBroken: Scenario = () =>
  expectCaught(
    "servers that cut everybody off",
    /answers were lost/,
    withInstalledServer((it) => restartServers(it, briefly, "cuts-off")),
  );
export const processRollingRestartBlunt: Scenario = () =>
  expectCaught(
    "servers that hang up on who is between two requests",
    /ended under a request/,
    withInstalledServer((it) => restartServers(it, briefly, "hangs-up")),
  );
export const processPurgeDeleting: Scenario = () =>
  expectCaught("a purge that deletes rows", /still take/, purgeUnderLoad(undefined, briefly, makeDeletingPurge));
export const processPurgePatient: Scenario = () =>
  expectCaught("a purge that waits for its lock", /waited for a reader/, purgeUnderLoad(undefined, briefly, makePatientPurge));

/** @throws Error for what must not be; but for what was lost, which the table shows */
async function expectNoFaults(finding: Promise<ScenarioFigures>): Promise<Outcome> {
  const { faults, ...found } = await finding;
  if (faults.length > 0 && found.lost === 0) throw new Error(`${found.name}: ${faults.join("; ")}`);
  return { ...found, remark: [found.remark, ...faults].join("; ") };
}

/** The same scenario and the same judgement of it, with a broken part. @throws Error if nothing noticed what is wrong with it */
async function expectCaught(what: string, by: RegExp, finding: Promise<ScenarioFigures>): Promise<Outcome> {
  const { faults, ...found } = await finding;
  const name = `${found.name}: ${what}`;
  const fault = faults.find((each) => by.test(each));
  if (fault === undefined) throw new Error(`${name}: nothing noticed it; it found ${faults.join("; ") || "no fault"}`);
  return { ...found, name, caught: fault, remark: `caught, ${faults.join("; ")}` };
}

/** With a Polymint as `make run` has it, in a folder of its own that is removed afterwards. */
async function withInstalledServer(scenario: (newcomer: InstalledServer) => Promise<ScenarioFigures>): Promise<ScenarioFigures> {
  const newcomer = installServer();
  try {
    return await scenario(newcomer);
  } finally {
    await newcomer.remove();
  }
}
