import type { Database } from "../store/database";
import type { FaultStore } from "../store/sandbox/faults";

/** How a sandbox differs from the usual one. */
export interface SandboxOptions {
  /** Where faults are kept. Tests replace it by a broken one, to show that they would notice. Default: in the database. */
  makeFaultStore?: (database: Database) => FaultStore;
}
