import type { Config } from "../../config";
import { type Clock, longestTokenSeconds } from "../../engine/client";
import { close, listen } from "../../server/http-server";
import type { Database } from "../../store/database";
import { makePartitions } from "../../store/ledger/partitions";
import { makeSigningKeys } from "../../store/signing-keys";
import { formatMetrics, makeMetricsServer } from "./endpoint";
import type { ProcessMetrics } from "./process-metrics";
import { makeSharedGauges } from "./shared-gauges";
import { makeWorkersMetrics } from "./workers-metrics";

export interface ServeMetricsPorts {
  /** The metrics of the leader. */
  metrics: ProcessMetrics;
  /** The leader's connections, so that a scrape does not wait behind requests. */
  database: Database;
  clock: Clock;
  /** Seconds for which expired tokens stay in the ledger. */
  retentionSeconds: number;
}

/**
 * Serves the metrics of this process and its workers. To be called when the workers are up.
 * @returns a function that stops it
 * @throws the error of `listen`, such as EADDRINUSE
 */
export async function serveMetrics(
  { host, port, token }: NonNullable<Config["metrics"]>,
  ports: ServeMetricsPorts,
): Promise<() => Promise<void>> {
  const { metrics, database, clock, retentionSeconds } = ports;
  const stores = { partitions: makePartitions(database), keys: makeSigningKeys(database) };
  const shared = makeSharedGauges({ ...stores, findLag: database.findLag, longestTokenSeconds, retentionSeconds, clock });
  const workers = makeWorkersMetrics();
  const readMetrics = async (): Promise<string> => {
    const ofLeader = metrics.registry.getMetricsAsJSON();
    const [ofWorkers, ofDatabase] = await Promise.all([workers.gather(), shared.read()]);
    return formatMetrics([await ofLeader, ...ofWorkers, ofDatabase]);
  };
  const server = makeMetricsServer({ token, readMetrics });
  await listen(server, host, port);
  return async () => {
    await close(server, 500);
    workers.close();
  };
}
