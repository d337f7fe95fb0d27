import type { Reader, Setting } from "./reader";
import { fewPartitions } from "../store/ledger/partitions-ahead";

/** What the ledger is kept ready with. */
export interface UpkeepConfig {
  /** Days after today that have a partition. */
  partitionsAhead: number;
}

export const upkeepSettings: readonly Setting[] = [
  {
    name: "PARTITIONS_AHEAD",
    fallback: "8",
    meaning: "days for which the ledger has a partition in advance; fewer than 3 are logged as a warning",
  },
];

export function readUpkeep(read: Reader): UpkeepConfig {
  return { partitionsAhead: read.integer("PARTITIONS_AHEAD", 8, fewPartitions, 400) };
}
