import { type InstalledServer, findProcesses, type ServerProcess, until } from "../../../harness/installed-server";
import { startLoad } from "./load";
import type { Flaw } from "./broken-server";
import { type Counted, type Effort, faultsOfAny, type Figures, figures, fullEffort, stage, stopped, underLoad } from "./stage";

/** kill -9 of one of two workers under load: those connected to it are cut off, the other answers, a new one takes its place. */
export async function workerKill(newcomer: InstalledServer, effort: Effort = fullEffort, flaw?: Flaw): Promise<Figures> {
  const name = "worker-kill";
  const { data, url, server, body } = await stage(newcomer, name, { WORKERS: "2" }, flaw);
  const load = startLoad({ urls: [url], body, callers: effort.callers });
  await underLoad(load, effort);
  const [victim] = workersOf(newcomer, server);
  if (victim === undefined) throw new Error("there is no worker");
  const at = performance.now();
  process.kill(victim, "SIGKILL");
  await until("there are two workers again", () => workersOf(newcomer, server).filter((pid) => pid !== victim).length === 2, 30_000);
  await underLoad(load, effort);
  await load.stop();
  await stopped(server);
  const counted = await figures("kill -9 of one of two workers", data, load, load.recoveredAfter(at));
  return { ...counted, faults: faultsOf(counted, effort) };
}

function faultsOf(counted: Counted, { callers }: Effort): string[] {
  const cut = counted.requests - counted.answered;
  // Those who were connected to it; the rest noticed nothing.
  return [...faultsOfAny(counted), ...(cut > callers ? [`${cut} requests were cut off, of ${callers} callers`] : [])];
}

function workersOf(newcomer: InstalledServer, { pid }: ServerProcess): number[] {
  const children = findProcesses(newcomer.folder).filter(({ parent, command }) => parent === pid && command.includes("polymint.js serve"));
  return children.map((child) => child.pid);
}
