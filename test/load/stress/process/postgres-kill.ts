/** Scenario: kill -9 of the embedded PostgreSQL. */
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

/** Milliseconds for the restart and PostgreSQL's crash recovery, which take some tenths of a second on an idle machine. */
const recoverWithinMs = 15_000;

/** Kills the embedded PostgreSQL with kill -9 under load: it is reported as unavailable, and no answered token is lost. */
export async function killPostgres(installed: InstalledServer, effort: Effort = fullEffort, flaw?: Flaw): Promise<ScenarioFigures> {
  const name = "postgres-kill";
  const { data, url, server, body } = await startStressedServer(installed, name, { WORKERS: "2" }, flaw);
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
