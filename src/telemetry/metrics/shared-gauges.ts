import { Gauge, Registry } from "prom-client";
import { signingAlgorithms } from "../../engine/client";
import { keyStates, deriveKeyStates } from "../../keys/lifecycle";
import type { SigningKeyStore } from "../../keys/signing-key";
import type { Partitions } from "../../store/ledger/partitions";
import { findExpiredPartitions, countPartitionsAhead } from "../../store/ledger/partitions-ahead";
import type { MetricsSnapshot } from "./messages";

export interface SharedGaugesPorts {
  partitions: Pick<Partitions, "listDays">;
  keys: Pick<SigningKeyStore, "list">;
  /** As of `Database`; undefined: this server does not read from standbys. */
  findLag?: (() => Promise<number | undefined>) | undefined;
  longestTokenSeconds: number;
  /** Seconds for which expired tokens stay in the ledger. */
  retentionSeconds: number;
  /** Epoch milliseconds. */
  clock: () => number;
}

/** A standby that is too far behind is not read, and still says how far. @returns a function that brings the gauge up to date */
function makeLagGauge(findLag: SharedGaugesPorts["findLag"], registry: Registry): () => Promise<void> {
  if (findLag === undefined) return () => Promise.resolve();
  const help = "Seconds since the last commit that the standby has replayed; 0 of a primary";
  const lag = new Gauge({ name: "polymint_standby_lag_seconds", help, registers: [registry] });
  return async () => {
    const behind = await findLag();
    if (behind === undefined) lag.remove();
    else lag.set(behind);
  };
}

/**
 * Makes the gauges that all servers on one database share; the leader reads them at every scrape. While the database is
 * unreachable, `polymint_database_up` is 0 and the other gauges are left out, because an old value would be wrong.
 */
export function makeSharedGauges(ports: SharedGaugesPorts): { read(): Promise<MetricsSnapshot> } {
  const registry = new Registry();
  const registers = [registry];
  const up = new Gauge({ name: "polymint_database_up", help: "1 if the database answered this scrape, 0 if not", registers });
  const ahead = new Gauge({ name: "polymint_partitions_ahead", help: "Days after today that have a partition, without a gap", registers });
  const expired = new Gauge({
    name: "polymint_partitions_expired",
    help: "Partitions whose rows are no longer needed and that are not dropped yet",
    registers,
  });
  const keys = new Gauge({
    name: "polymint_signing_keys",
    help: "Signing keys by algorithm and state",
    labelNames: ["algorithm", "state"] as const,
    registers,
  });
  const readLag = makeLagGauge(ports.findLag, registry);

  async function refresh(): Promise<void> {
    const now = ports.clock();
    const [days, rows] = [await ports.partitions.listDays(), await ports.keys.list()];
    ahead.set(countPartitionsAhead(days, now));
    expired.set(findExpiredPartitions(days, now, ports.retentionSeconds).length);
    const states = deriveKeyStates(rows, now, { longestTokenSeconds: ports.longestTokenSeconds });
    for (const algorithm of signingAlgorithms) {
      const found = rows.filter((row) => row.algorithm === algorithm).map((row) => states.get(row.kid));
      for (const state of keyStates) keys.set({ algorithm, state }, found.filter((each) => each === state).length);
    }
    up.set(1);
  }

  return {
    read: async () => {
      try {
        await refresh();
      } catch {
        up.set(0);
        ahead.remove();
        expired.remove();
        keys.reset();
      }
      await readLag();
      return registry.getMetricsAsJSON();
    },
  };
}
