import { openFaults as openFaultsOfApp } from "../app/faults";
import type { Config } from "../config";
import type { WiredContract } from "../contracts/wire";
import type { Clock } from "../engine/client";
import type { Faults } from "../sandbox/fault";
import type { Database } from "../store/database";

/** What a command knows of the servers beside it. */
export interface BesideServers {
  config: Config;
  database: Database;
  clock: Clock;
  /** The contracts beside the built-in ones. */
  wiring: readonly WiredContract[];
}

/** Opens the faults of a database for a command, which arms them for the servers there. */
export function openFaults({ config: { issuer, contracts }, database, clock, wiring }: BesideServers): Faults {
  return openFaultsOfApp({ database, clock, identity: { issuer }, contracts: { ...contracts, wiring } });
}
