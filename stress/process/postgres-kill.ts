import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Newcomer } from "../../test/process/newcomer";
import { startLoad } from "./load";
import { type Effort, type Figures, figures, fullEffort, stage, stopped, underLoad } from "./stage";

/** kill -9 of the embedded PostgreSQL under load: callers are told that it is away, and what was answered is there when it is back. */
export async function postgresKill(newcomer: Newcomer, effort: Effort = fullEffort): Promise<Figures> {
  const name = "postgres-kill";
  const { data, url, server, body } = await stage(newcomer, name, { WORKERS: "2" });
  const load = startLoad({ urls: [url], body, callers: effort.callers });
  await underLoad(load, effort);
  const at = performance.now();
  process.kill(Number(readFileSync(join(data, "pgdata", "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
  await underLoad(load, effort);
  await load.stop();
  await stopped(server);
  return figures("kill -9 of PostgreSQL", data, load, load.recoveredAfter(at));
}
