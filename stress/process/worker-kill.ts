import { type Newcomer, processesOf, type Served, until } from "../../test/process/newcomer";
import { startLoad } from "./load";
import { type Effort, type Figures, figures, fullEffort, stage, stopped, underLoad } from "./stage";

/** kill -9 of one of two workers under load: those connected to it are cut off, the other answers, a new one takes its place. */
export async function workerKill(newcomer: Newcomer, effort: Effort = fullEffort): Promise<Figures> {
  const name = "worker-kill";
  const { data, url, server, body } = await stage(newcomer, name, { WORKERS: "2" });
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
  return figures("kill -9 of one of two workers", data, load, load.recoveredAfter(at));
}

function workersOf(newcomer: Newcomer, { pid }: Served): number[] {
  const children = processesOf(newcomer.folder).filter(({ parent, command }) => parent === pid && command.includes("polymint.js serve"));
  return children.map((child) => child.pid);
}
