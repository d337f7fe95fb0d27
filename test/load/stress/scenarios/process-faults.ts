import { installServer, type InstalledServer } from "../../../harness/installed-server";
import { makeDeletingPurge, makePatientPurge } from "../process/broken-purges";
import { postgresKill } from "../process/postgres-kill";
import { purgeUnderLoad } from "../process/purge";
import { rollingRestart } from "../process/rolling-restart";
import { slowloris, slowReaders } from "../process/slowloris";
import type { Effort, Figures } from "../process/stage";
import { workerKill } from "../process/worker-kill";
import type { Outcome, Scenario } from "../scenario";

export const processWorkerKill: Scenario = () => well(asNewcomer(workerKill));
export const processPostgresKill: Scenario = () => well(asNewcomer(postgresKill));
export const processRollingRestart: Scenario = () => well(asNewcomer(rollingRestart));
export const processSlowloris: Scenario = () => well(asNewcomer(slowloris));
export const processSlowReaders: Scenario = () => well(asNewcomer(slowReaders));
export const processPurge: Scenario = () => well(purgeUnderLoad());

/** What is broken shows soon. */
const briefly: Effort = { callers: 32, aroundMs: 1_000 };

export const processWorkerKillBroken: Scenario = () =>
  caught(
    "a server that answers first and writes later",
    /not in the ledger/,
    asNewcomer((it) => workerKill(it, briefly, "answers-first")),
  );
export const processPostgresKillBroken: Scenario = () =>
  caught(
    "a server that answers first and writes later",
    /not in the ledger/,
    asNewcomer((it) => postgresKill(it, briefly, "answers-first")),
  );
export const processRollingRestartBroken: Scenario = () =>
  caught(
    "servers that cut everybody off",
    /answers were lost/,
    asNewcomer((it) => rollingRestart(it, briefly, "cuts-off")),
  );
export const processRollingRestartBlunt: Scenario = () =>
  caught(
    "servers that hang up on who is between two requests",
    /ended under a request/,
    asNewcomer((it) => rollingRestart(it, briefly, "hangs-up")),
  );
export const processPurgeDeleting: Scenario = () =>
  caught("a purge that deletes rows", /still take/, purgeUnderLoad(undefined, briefly, makeDeletingPurge));
export const processPurgePatient: Scenario = () =>
  caught("a purge that waits for its lock", /waited for a reader/, purgeUnderLoad(undefined, briefly, makePatientPurge));

/** @throws Error for what must not be; but for what was lost, which the table shows */
async function well(finding: Promise<Figures>): Promise<Outcome> {
  const { faults, ...found } = await finding;
  if (faults.length > 0 && found.lost === 0) throw new Error(`${found.name}: ${faults.join("; ")}`);
  return { ...found, remark: [found.remark, ...faults].join("; ") };
}

/** The same scenario and the same judgement of it, with a broken part. @throws Error if nothing noticed what is wrong with it */
async function caught(what: string, by: RegExp, finding: Promise<Figures>): Promise<Outcome> {
  const { faults, ...found } = await finding;
  const name = `${found.name}: ${what}`;
  const fault = faults.find((each) => by.test(each));
  if (fault === undefined) throw new Error(`${name}: nothing noticed it; it found ${faults.join("; ") || "no fault"}`);
  return { ...found, name, caught: fault, remark: `caught, ${faults.join("; ")}` };
}

/** With a Polymint as `make run` has it, in a folder of its own that is removed afterwards. */
async function asNewcomer(scenario: (newcomer: InstalledServer) => Promise<Figures>): Promise<Figures> {
  const newcomer = installServer();
  try {
    return await scenario(newcomer);
  } finally {
    await newcomer.leave();
  }
}
