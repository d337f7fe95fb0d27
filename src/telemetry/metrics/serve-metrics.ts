import { type Config } from "../../config";
import { longestTokenSeconds } from "../../engine/lifetimes";
import type { Clock } from "../../engine/client";
import { close, listen } from "../../server/http-server";
import type { Database } from "../../store/database";
import { makePartitions } from "../../store/ledger/partitions";
import { makeSigningKeys } from "../../store/signing-keys";
import { makeMetricsServer } from "./endpoint";
import { exposition } from "./exposition";
import type { ProcessMetrics } from "./process-metrics";
import { makeSharedGauges } from "./shared-gauges";
import { makeWorkersMetrics } from "./workers-metrics";

export interface ServeMetricsPorts {
  /** The leader's own. */
  metrics: ProcessMetrics;
  /** The leader's own, so that a scrape does not wait behind requests. */
  database: Database;
  clock: Clock;
  /** Seconds that expired tokens stay in the ledger. */
  retentionSeconds: number;
}

/**
 * Serves the metrics of this process and its workers. To be called when the workers are up.
 * @returns stops
 * @throws the error of `listen`, such as EADDRINUSE
 */
export async function serveMetrics(
  { host, port, token }: NonNullable<Config["metrics"]>,
  ports: ServeMetricsPorts,
): Promise<() => Promise<void>> {
  const { metrics, database, clock, retentionSeconds } = ports;
  const stores = { partitions: makePartitions(database), keys: makeSigningKeys(database) };
  const shared = makeSharedGauges({ ...stores, longestTokenSeconds, retentionSeconds, clock });
  const workers = makeWorkersMetrics();
  const read = async (): Promise<string> => {
    const own = metrics.registry.getMetricsAsJSON();
    const [ofWorkers, ofAll] = await Promise.all([workers.gather(), shared.look()]);
    return exposition([await own, ...ofWorkers, ofAll]);
  };
  const server = makeMetricsServer({ token, read });
  await listen(server, host, port);
  return async () => {
    await close(server, 500);
    workers.close();
  };
}
