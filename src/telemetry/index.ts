import cluster from "node:cluster";
import type { Logger } from "pino";
import type { Config } from "../config";
import type { Clock } from "../engine/client";
import type { ProcessMetrics } from "./metrics/process-metrics";
import type { PeerOf } from "../http/peer";
import type { Database } from "../store/database";
import { together, type Watch } from "./observer";

/** Whoever looks on in a process that serves. */
export interface Watching {
  /** Undefined if nobody does. */
  watch: Watch | undefined;
  /** Writes and sends what is left; to be called while the database is still open. */
  close(): Promise<void>;
}

export interface WatchingPorts {
  database: Database;
  peerOf: PeerOf;
  clock: Clock;
  log: Logger;
  metrics: ProcessMetrics | undefined;
}

/**
 * The metrics of this process, if metrics are kept. A worker tells its leader, who shows them.
 * What is switched off is not even loaded, here and below.
 */
export async function openProcessMetrics(config: Config): Promise<ProcessMetrics | undefined> {
  if (config.metrics === undefined) return undefined;
  const { makeProcessMetrics } = await import("./metrics/process-metrics.js");
  const metrics = makeProcessMetrics();
  if (cluster.isPrimary) return metrics;
  const { tellLeader } = await import("./metrics/tell-leader.js");
  tellLeader(metrics.registry);
  return metrics;
}

/** Opens what the configuration wants of metrics, traces and the audit of refusals. */
export async function openWatching(config: Config, ports: WatchingPorts): Promise<Watching> {
  const { metrics, database } = ports;
  metrics?.observePool(database);
  const opened = [await openTraces(config, ports), await openRefusalAudit(config, ports)].flatMap((each) => each ?? []);
  const watches = [...(metrics === undefined ? [] : [metrics.watch]), ...opened.map(({ watch }) => watch)];
  return {
    watch: watches.length === 0 ? undefined : together(watches),
    close: async () => {
      for (const each of opened) await each.close();
    },
  };
}

type Opened = { watch: Watch; close(): Promise<void> } | undefined;

async function openTraces({ tracesUrl }: Config, { log }: WatchingPorts): Promise<Opened> {
  if (tracesUrl === undefined) return undefined;
  const { openTracing } = await import("./tracing/index.js");
  return openTracing(tracesUrl, (reason) => log.warn({ detail: reason }, "traces cannot be sent"));
}

async function openRefusalAudit({ auditRefusals: perSecond }: Config, ports: WatchingPorts): Promise<Opened> {
  if (perSecond === 0) return undefined;
  const { makeRefusalAudit } = await import("../audit/refusals.js");
  const { makeSourceNetwork } = await import("../audit/source-network.js");
  const { makeAudit } = await import("../store/audit.js");
  const { database, peerOf, clock, metrics } = ports;
  const onLeftOut = (count: number): void => metrics?.auditLeftOut(count);
  const audit = makeRefusalAudit({ audit: makeAudit(database), perSecond, networkOf: makeSourceNetwork(peerOf), clock, onLeftOut });
  return { watch: { onOutcome: (outcome) => audit.onOutcome(outcome) }, close: () => audit.close() };
}
