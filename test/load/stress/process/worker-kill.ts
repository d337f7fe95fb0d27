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

/** kill -9 of one of two workers under load: those connected to it are cut off, the other answers, a new one takes its place. */
export async function killWorker(newcomer: InstalledServer, effort: Effort = fullEffort, flaw?: Flaw): Promise<ScenarioFigures> {
  const name = "worker-kill";
  const { data, url, server, body } = await startStressedServer(newcomer, name, { WORKERS: "2" }, flaw);
  const load = startCallerLoad({ urls: [url], body, callers: effort.callers });
  await waitUnderLoad(load, effort);
  const [victim] = findWorkers(newcomer, server);
  if (victim === undefined) throw new Error("there is no worker");
  const at = performance.now();
  process.kill(victim, "SIGKILL");
  await until("there are two workers again", () => findWorkers(newcomer, server).filter((pid) => pid !== victim).length === 2, 30_000);
  await waitUnderLoad(load, effort);
  await load.stop();
  await stopServer(server);
  const counted = await countTokens("kill -9 of one of two workers", data, load, load.recoveredAfter(at));
  return { ...counted, faults: faultsOf(counted, effort) };
}

function faultsOf(counted: ScenarioCounts, { callers }: Effort): string[] {
  const cut = counted.requests - counted.answered;
  // Those who were connected to it; the rest noticed nothing.
  return [...findCommonFaults(counted), ...(cut > callers ? [`${cut} requests were cut off, of ${callers} callers`] : [])];
}

function findWorkers(newcomer: InstalledServer, { pid }: ServerProcess): number[] {
  const children = findProcesses(newcomer.folder).filter(({ parent, command }) => parent === pid && command.includes("polymint.js serve"));
  return children.map((child) => child.pid);
}
