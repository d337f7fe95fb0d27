import type { InstalledServer } from "../../../harness/installed-server";
import type { Flaw } from "./broken-server";
import { startLoad } from "./load";
import { type Counted, type Effort, faultsOfAny, type Figures, figures, fullEffort, stage, stopped, underLoad } from "./stage";

/**
 * Two servers restarted one after the other under load. Callers who cannot connect try the other one; nobody who is connected
 * loses the connection under a request.
 */
export async function rollingRestart(newcomer: InstalledServer, effort: Effort = fullEffort, flaw?: Flaw): Promise<Figures> {
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
  return { ...counted, lost: counted.lost + counted.unheard + counted.cut, faults: faultsOf(counted) };
}

function faultsOf(counted: Counted): string[] {
  const { requests, given, unheard, cut } = counted;
  return [
    ...faultsOfAny(counted),
    ...(cut > 0 ? [`${cut} connections ended under a request`] : []),
    ...(unheard > 0 ? [`${unheard} tokens are in the ledger whose answers were lost`] : []),
    ...(requests > given ? [`${requests - given} callers got no token at either server`] : []),
  ];
}
