import type { Newcomer } from "../../test/process/newcomer";
import { startLoad } from "./load";
import { type Effort, type Figures, figures, fullEffort, stage, stopped, underLoad } from "./stage";

/** Two servers restarted one after the other under load: callers who try the other one notice nothing. */
export async function rollingRestart(newcomer: Newcomer, effort: Effort = fullEffort): Promise<Figures> {
  const name = "rolling-restart";
  const first = await stage(newcomer, name, { WORKERS: "1" });
  const servers = [{ url: first.url, server: first.server }, await first.another()];
  const load = startLoad({ urls: servers.map(({ url }) => url), body: first.body, callers: effort.callers, tries: 20 });
  await underLoad(load, effort);
  const at = performance.now();
  for (const one of servers) {
    await stopped(one.server);
    await underLoad(load, effort);
    one.server = (await first.another({ PORT: new URL(one.url).port })).server;
    await underLoad(load, effort);
  }
  await load.stop();
  for (const { server } of servers) await stopped(server);
  return figures("a rolling restart of two servers", first.data, load, load.recoveredAfter(at));
}
