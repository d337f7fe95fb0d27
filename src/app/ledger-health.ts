import type { HealthPorts } from "../services/health";
import { type Durability, readDurability } from "../store/ledger/durability";
import { logSynchronous } from "../telemetry/loss-log";
import type { AppSettings } from "./options";

type LedgerHealth = Awaited<ReturnType<HealthPorts["checkLedger"]>>;

/**
 * Makes what `/health/ready` asks about the ledger: that the database has lost no token, and, if the settings require it, that
 * commits wait for a standby. That is read at every probe, because Patroni and operators change it while servers run. A server that
 * only reads commits nothing.
 */
export function makeLedgerHealth(settings: AppSettings): HealthPorts["checkLedger"] {
  const { database, readsOnly, log } = settings;
  const requireSync = settings.requireSync && readsOnly === undefined;
  let wasSynchronous = true;
  return async () => {
    const durability = await readDurability(database);
    const isSynchronous = durability.notSynchronous === undefined;
    if (requireSync && isSynchronous !== wasSynchronous) logSynchronous(log, durability.notSynchronous);
    wasSynchronous = isSynchronous;
    return describe(durability, requireSync);
  };
}

function describe({ lostTokens, notSynchronous }: Durability, requireSync: boolean): LedgerHealth {
  const lost = lostTokens === 0 ? [] : [`The database has lost ${lostTokens} answered tokens: see \`polymint ledger acknowledge\`.`];
  const late =
    !requireSync || notSynchronous === undefined ? [] : [`Commits do not wait for a standby (DATABASE_REQUIRE_SYNC): ${notSynchronous}.`];
  return {
    ledger: lost.length === 0 ? "ok" : "lost_tokens",
    ...(requireSync ? { replication: late.length === 0 ? "ok" : "not_synchronous" } : {}),
    faults: [...lost, ...late],
  };
}
