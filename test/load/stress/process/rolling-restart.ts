/** Scenario: a rolling restart of two servers. */
import type { InstalledServer } from "../../../harness/installed-server";
import type { Flaw } from "./broken-server";
import { startCallerLoad } from "./load";
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

/**
 * Restarts two servers one after the other under load. Callers that cannot connect try the other server; no connection may end
 * during a request.
 */
export async function restartServers(installed: InstalledServer, effort: Effort = fullEffort, flaw?: Flaw): Promise<ScenarioFigures> {
  const name = "rolling-restart";
  const first = await startStressedServer(installed, name, { WORKERS: "1" }, flaw);
  const servers = [{ url: first.url, server: first.server }, await first.another()];
  const load = startCallerLoad({ urls: servers.map(({ url }) => url), body: first.body, callers: effort.callers, tries: 20 });
  await waitUnderLoad(load, effort);
  const at = performance.now();
  for (const one of servers) {
    await stopServer(one.server);
    await waitUnderLoad(load, effort);
    one.server = (await first.another({ PORT: new URL(one.url).port })).server;
    await waitUnderLoad(load, effort);
  }
  await load.stop();
  for (const { server } of servers) await stopServer(server);
  const counted = await countTokens("a rolling restart of two servers", first.data, load, load.recoveredAfter(at));
  return { ...counted, lost: counted.lost + counted.unheard + counted.cut, faults: faultsOf(counted) };
}

function faultsOf(counted: ScenarioCounts): string[] {
  const { requests, given, unheard, cut } = counted;
  return [
    ...findCommonFaults(counted),
    ...(cut > 0 ? [`${cut} connections ended under a request`] : []),
    ...(unheard > 0 ? [`${unheard} tokens are in the ledger whose answers were lost`] : []),
    ...(requests > given ? [`${requests - given} callers got no token at either server`] : []),
  ];
}
