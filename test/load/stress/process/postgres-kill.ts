import { readFileSync } from "node:fs";
import { join } from "node:path";
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

/** Starting it again, and what it has to read again first; some tenths of a second where nothing else is to do. */
const recoverWithinMs = 15_000;

/** kill -9 of the embedded PostgreSQL under load: callers are told that it is away, and what was answered is there when it is back. */
export async function killPostgres(newcomer: InstalledServer, effort: Effort = fullEffort, flaw?: Flaw): Promise<ScenarioFigures> {
  const name = "postgres-kill";
  const { data, url, server, body } = await startStressedServer(newcomer, name, { WORKERS: "2" }, flaw);
  const load = startCallerLoad({ urls: [url], body, callers: effort.callers });
  await waitUnderLoad(load, effort);
  const at = performance.now();
  process.kill(Number(readFileSync(join(data, "pgdata", "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
  await waitUnderLoad(load, effort);
  await load.stop();
  await stopServer(server);
  const counted = await countTokens("kill -9 of PostgreSQL", data, load, load.recoveredAfter(at));
  return { ...counted, faults: faultsOf(counted) };
}

function faultsOf(counted: ScenarioCounts): string[] {
  const { requests, answered, recoveredAfterMs } = counted;
  return [
    ...findCommonFaults(counted),
    ...(requests > answered ? [`${requests - answered} requests were cut off`] : []),
    ...(recoveredAfterMs > recoverWithinMs ? [`it took ${recoveredAfterMs} ms to recover`] : []),
  ];
}
