import { Gauge, Registry } from "prom-client";
import { signingAlgorithms } from "../../engine/client";
import { keyStates, statesAt } from "../../keys/lifecycle";
import type { SigningKeyStore } from "../../keys/signing-key";
import type { Partitions } from "../../store/ledger/partitions";
import { findExpiredPartitions, countPartitionsAhead } from "../../store/ledger/partitions-ahead";
import type { Snapshot } from "./messages";

export interface SharedPorts {
  partitions: Pick<Partitions, "listDays">;
  keys: Pick<SigningKeyStore, "list">;
  longestTokenSeconds: number;
  /** Seconds that expired tokens stay in the ledger. */
  retentionSeconds: number;
  /** Epoch milliseconds. */
  clock: () => number;
}

/**
 * What all servers on one database have in common, looked up by the leader whenever somebody asks. While the database is
 * away that says so, and the rest is left out: an old number would be a wrong one.
 */
export function makeSharedGauges(ports: SharedPorts): { look(): Promise<Snapshot> } {
  const registry = new Registry();
  const registers = [registry];
  const up = new Gauge({ name: "polymint_database_up", help: "Whether the database answered when this was asked", registers });
  const ahead = new Gauge({ name: "polymint_partitions_ahead", help: "Days after today that have a partition, without a gap", registers });
  const expired = new Gauge({
    name: "polymint_partitions_expired",
    help: "Partitions of which nobody needs anything any more, and which still stand",
    registers,
  });
  const keys = new Gauge({
    name: "polymint_signing_keys",
    help: "Signing keys by algorithm and state",
    labelNames: ["algorithm", "state"] as const,
    registers,
  });

  async function refresh(): Promise<void> {
    const now = ports.clock();
    const [days, rows] = [await ports.partitions.listDays(), await ports.keys.list()];
    ahead.set(countPartitionsAhead(days, now));
    expired.set(findExpiredPartitions(days, now, ports.retentionSeconds).length);
    const states = statesAt(rows, now, { longestTokenSeconds: ports.longestTokenSeconds });
    for (const algorithm of signingAlgorithms) {
      const found = rows.filter((row) => row.algorithm === algorithm).map((row) => states.get(row.kid));
      for (const state of keyStates) keys.set({ algorithm, state }, found.filter((each) => each === state).length);
    }
    up.set(1);
  }

  return {
    look: async () => {
      try {
        await refresh();
      } catch {
        up.set(0);
        ahead.remove();
        expired.remove();
        keys.reset();
      }
      return registry.getMetricsAsJSON();
    },
  };
}
