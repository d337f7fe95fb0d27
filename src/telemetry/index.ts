import cluster from "node:cluster";
import type { Logger } from "pino";
import type { Config } from "../config";
import type { Clock } from "../engine/client";
import type { ProcessMetrics } from "./metrics/process-metrics";
import type { PeerOf } from "../http/peer";
import type { Database } from "../store/database";
import { combineObservers, type Observer } from "./observer";

/** The observers of a process that serves requests. */
export interface Telemetry {
  /** Undefined if the configuration switches all of them off. */
  observer: Observer | undefined;
  /** Writes and sends what is left; to be called while the database is still open. */
  close(): Promise<void>;
}

export interface TelemetryPorts {
  database: Database;
  peerOf: PeerOf;
  clock: Clock;
  log: Logger;
  metrics: ProcessMetrics | undefined;
}

/**
 * Opens the metrics of this process. A worker sends them to its leader, which serves them. Modules of switched-off telemetry
 * are not even loaded, here and below.
 * @returns undefined if metrics are switched off
 */
export async function openProcessMetrics(config: Config): Promise<ProcessMetrics | undefined> {
  if (config.metrics === undefined) return undefined;
  const { makeProcessMetrics } = await import("./metrics/process-metrics.js");
  const metrics = makeProcessMetrics();
  if (cluster.isPrimary) return metrics;
  const { answerMetricsRequests } = await import("./metrics/messages.js");
  answerMetricsRequests(metrics.registry);
  return metrics;
}

/** Opens the metrics, traces and audit of refusals that the configuration switches on. */
export async function openTelemetry(config: Config, ports: TelemetryPorts): Promise<Telemetry> {
  const { metrics, database } = ports;
  metrics?.observePool(database);
  const opened = [await openTraces(config, ports), await openRefusalAudit(config, ports)].flatMap((each) => each ?? []);
  const observers = [...(metrics === undefined ? [] : [metrics.observer]), ...opened.map(({ observer }) => observer)];
  return {
    observer: observers.length === 0 ? undefined : combineObservers(observers),
    close: async () => {
      for (const each of opened) await each.close();
    },
  };
}

interface OpenedObserver {
  observer: Observer;
  close(): Promise<void>;
}

async function openTraces({ tracesUrl, tracesHeaders }: Config, { log }: TelemetryPorts): Promise<OpenedObserver | undefined> {
  if (tracesUrl === undefined) return undefined;
  const { openTracing } = await import("./tracing/index.js");
  const onSendError = (reason: string): void => log.warn({ detail: reason }, "Traces cannot be sent to the collector.");
  return openTracing(tracesUrl, onSendError, tracesHeaders);
}

async function openRefusalAudit({ auditRefusals: perSecond, serve }: Config, ports: TelemetryPorts): Promise<OpenedObserver | undefined> {
  if (perSecond === 0 || serve === "read") return undefined;
  const { makeRefusalAudit } = await import("../audit/refusals.js");
  const { makeSourceNetwork } = await import("../audit/source-network.js");
  const { makeAudit } = await import("../store/audit.js");
  const { database, peerOf, clock, metrics } = ports;
  const onLeftOut = (count: number): void => metrics?.countUnauditedRefusals(count);
  const audit = makeRefusalAudit({ audit: makeAudit(database), perSecond, networkOf: makeSourceNetwork(peerOf), clock, onLeftOut });
  return { observer: { onOutcome: (outcome) => audit.onOutcome(outcome) }, close: () => audit.close() };
}
