import { AggregatorRegistry, Registry } from "prom-client";
import type { Snapshot } from "./messages";

/** @returns the text format of Prometheus 0.0.4 for all of them together, each metric summed up in the way it says */
export function exposition(snapshots: readonly Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

export const expositionType = Registry.PROMETHEUS_CONTENT_TYPE;
