import type { Newcomer } from "../../test/process/newcomer";
import type { Flaw } from "./broken-server";
import { startLoad } from "./load";
import { type Counted, type Effort, faultsOfAny, type Figures, figures, fullEffort, stage, stopped, underLoad } from "./stage";

/** Two servers restarted one after the other under load: callers who try the other one notice nothing. */
export async function rollingRestart(newcomer: Newcomer, effort: Effort = fullEffort, flaw?: Flaw): Promise<Figures> {
  const name = "rolling-restart";
  const first = await stage(newcomer, name, { WORKERS: "1" }, flaw);
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
  const counted = await figures("a rolling restart of two servers", first.data, load, load.recoveredAfter(at));
  return { ...counted, lost: counted.lost + counted.unheard, faults: faultsOf(counted) };
}

/** A caller who tries the other server never notices a lost answer; the ledger tells. */
function faultsOf(counted: Counted): string[] {
  const { requests, given, unheard } = counted;
  return [
    ...faultsOfAny(counted),
    ...(unheard > 0 ? [`${unheard} tokens are in the ledger whose answers were lost`] : []),
    ...(requests > given ? [`${requests - given} callers got no token at either server`] : []),
  ];
}
