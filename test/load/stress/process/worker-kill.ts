/** Scenario: kill -9 of a worker. */
import { type InstalledServer, findProcesses, type ServerProcess, until } from "../../../harness/installed-server";
import { startCallerLoad } from "./load";
import type { Flaw } from "./broken-server";
import {
  type ScenarioCounts,
  type Effort,
  findCommonFaults,
  type ScenarioFigures,
  countTokens,
  fullEffort,
  startStressedServer,
  stopServer,
  waitUnderLoad,
} from "./stressed-server";

/** Kills one of two workers with kill -9 under load: only its connections are cut off, and a new worker replaces it. */
export async function killWorker(installed: InstalledServer, effort: Effort = fullEffort, flaw?: Flaw): Promise<ScenarioFigures> {
  const name = "worker-kill";
  const { data, url, server, body } = await startStressedServer(installed, name, { WORKERS: "2" }, flaw);
  const load = startCallerLoad({ urls: [url], body, callers: effort.callers });
  await waitUnderLoad(load, effort);
  const [victim] = findWorkers(installed, server);
  if (victim === undefined) throw new Error("there is no worker");
  const at = performance.now();
  process.kill(victim, "SIGKILL");
  await until("there are two workers again", () => findWorkers(installed, server).filter((pid) => pid !== victim).length === 2, 30_000);
  await waitUnderLoad(load, effort);
  await load.stop();
  await stopServer(server);
  const counted = await countTokens("kill -9 of one of two workers", data, load, load.recoveredAfter(at));
  return { ...counted, faults: faultsOf(counted, effort) };
}

function faultsOf(counted: ScenarioCounts, { callers }: Effort): string[] {
  const cut = counted.requests - counted.answered;
  // At most the callers that were connected to it.
  return [...findCommonFaults(counted), ...(cut > callers ? [`${cut} requests were cut off, of ${callers} callers`] : [])];
}

function findWorkers(installed: InstalledServer, { pid }: ServerProcess): number[] {
  const children = findProcesses(installed.folder).filter(({ parent, command }) => parent === pid && command.includes("polymint.js serve"));
  return children.map((child) => child.pid);
}
