import { installServer, type InstalledServer } from "../../../harness/installed-server";
import { attackWithCertificateHeaders, attackWithHangingKeys } from "../process/attacks";
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
export const processHangingKeys: Scenario = () => expectNoFaults(withInstalledServer(attackWithHangingKeys));
export const processCertificateHeaders: Scenario = () => expectNoFaults(withInstalledServer(attackWithCertificateHeaders));
export const processPurge: Scenario = () => expectNoFaults(purgeUnderLoad());

/** A broken server is noticed soon. */
const briefEffort: Effort = { callers: 32, aroundMs: 1_000 };

export const processWorkerKillBroken: Scenario = () =>
  expectCaught(
    "a server that answers first and writes later",
    /not in the ledger/,
    withInstalledServer((it) => killWorker(it, briefEffort, "answers-first")),
  );
export const processPostgresKillBroken: Scenario = () =>
  expectCaught(
    "a server that answers first and writes later",
    /not in the ledger/,
    withInstalledServer((it) => killPostgres(it, briefEffort, "answers-first")),
  );
export const processRollingRestartBroken: Scenario = () =>
  expectCaught(
    "servers that close all connections at once",
    // Whether the answer under way was of a token that is in the ledger already is a matter of luck.
    /ended under a request|answers were lost/,
    withInstalledServer((it) => restartServers(it, briefEffort, "cuts-off")),
  );
export const processRollingRestartBlunt: Scenario = () =>
  expectCaught(
    "servers that close idle connections at once",
    /ended under a request/,
    withInstalledServer((it) => restartServers(it, briefEffort, "hangs-up")),
  );
export const processHangingKeysBroken: Scenario = () =>
  expectCaught(
    "a server whose requests keep their places while they wait",
    /bystander kept only/,
    withInstalledServer((it) => attackWithHangingKeys(it, briefEffort, "holds-places")),
  );
export const processCertificateHeadersBroken: Scenario = () =>
  expectCaught(
    "a server that reads headers in quadratic time",
    /bystander's p99 rose|bystander kept only/,
    withInstalledServer((it) => attackWithCertificateHeaders(it, briefEffort, "backtracks")),
  );
export const processPurgeDeleting: Scenario = () =>
  expectCaught("a purge that deletes rows", /still take/, purgeUnderLoad(undefined, briefEffort, makeDeletingPurge));
export const processPurgePatient: Scenario = () =>
  expectCaught("a purge that waits for its lock", /waited for a reader/, purgeUnderLoad(undefined, briefEffort, makePatientPurge));

/** @throws Error with the faults, unless something was lost: the table shows losses */
async function expectNoFaults(finding: Promise<ScenarioFigures>): Promise<Outcome> {
  const { faults, ...found } = await finding;
  if (faults.length > 0 && found.lost === 0) throw new Error(`${found.name}: ${faults.join("; ")}`);
  return { ...found, remark: [found.remark, ...faults].join("; ") };
}

/** (control) The same scenario with a broken part. @throws Error if no fault matches `by` */
async function expectCaught(what: string, by: RegExp, finding: Promise<ScenarioFigures>): Promise<Outcome> {
  const { faults, ...found } = await finding;
  const name = `${found.name}: ${what}`;
  const fault = faults.find((each) => by.test(each));
  if (fault === undefined) throw new Error(`${name}: the scenario did not notice it; it found ${faults.join("; ") || "no fault"}`);
  return { ...found, name, caught: fault, remark: `caught, ${faults.join("; ")}` };
}

/** Runs a scenario with an installed Polymint, and removes that afterwards. */
async function withInstalledServer(scenario: (installed: InstalledServer) => Promise<ScenarioFigures>): Promise<ScenarioFigures> {
  const installed = installServer();
  try {
    return await scenario(installed);
  } finally {
    await installed.remove();
  }
}
