import { wiring } from "../../generated/wiring";
import { recordMigrations } from "../audit/migrations";
import { checkPepper, type ConfiguredDatabase, openConfiguredDatabase, openResources, type ResourceOptions } from "../process/resources";
import { type Config, readConfig } from "../config";
import type { SecretDigest } from "../engine/ports/clients";
import type { ContractPolicy } from "../engine/policy";
import type { Clock } from "../engine/client";
import { makeSecretDigest } from "../secrets/secret";
import type { MasterKeys } from "../keys/signing-key";
import type { Database } from "../store/database";
import { migrateToLatest, readMigrationState } from "../store/database/migrate";
import { CommandFailure } from "./errors";

/** What a command works with. */
export interface Session extends MasterKeys {
  config: Config;
  database: Database;
  digest: SecretDigest;
  /** Where local files are kept. */
  folder: string;
  clock: Clock;
  /** The contracts there are. */
  contracts: ReadonlyMap<string, ContractPolicy>;
}

/**
 * Opens the database that the server uses, works, and closes it whatever happens. A new database is migrated first.
 * @throws CommandFailure if migrations are pending or the embedded database does not start; ConfigurationError
 */
export function inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  return using(openResources, async (backing, config) => {
    const { database, masterKey, newMasterKey, pepper, folder } = backing;
    await mustBeMigrated(database);
    await checkPepper(backing);
    const contracts = new Map(wiring.map(({ name, policy }) => [name, policy]));
    return work({ config, database, masterKey, newMasterKey, folder, digest: makeSecretDigest(pepper), clock: Date.now, contracts });
  });
}

/** As `inSession`, with the database as it is found, and without the server's secrets. */
export function withStore<T>(work: (store: ConfiguredDatabase) => Promise<T>): Promise<T> {
  return using(openConfiguredDatabase, work);
}

async function using<Opened extends ConfiguredDatabase, T>(
  open: Open<Opened>,
  work: (opened: Opened, config: Config) => Promise<T>,
): Promise<T> {
  const config = readConfig(
    process.env,
    wiring.map(({ name }) => name),
  );
  const opened = await opening(open, config);
  try {
    return await work(opened, config);
  } finally {
    await opened.close();
  }
}

type Open<Opened> = (config: Config, options: ResourceOptions) => Promise<Opened>;

/** @throws CommandFailure if there is no such contract */
export function mustBeContract(name: string | undefined, { contracts }: Session): void {
  if (name === undefined || contracts.has(name)) return;
  throw new CommandFailure("usage", `there is no contract ${name}; there are ${[...contracts.keys()].join(", ")}`);
}

async function opening<Opened>(open: Open<Opened>, config: Config): Promise<Opened> {
  try {
    // Only a person who waits wants to know what takes so long.
    return await open(config, process.stderr.isTTY ? { report: (line) => process.stderr.write(`${line}\n`) } : {});
  } catch (thrown) {
    // What the launcher throws of its own accord has neither class nor code: PostgreSQL is missing, or does not come up.
    if (thrown instanceof Error && thrown.constructor === Error && !("code" in thrown)) {
      throw new CommandFailure("database_unavailable", thrown.message, thrown);
    }
    throw thrown;
  }
}

async function mustBeMigrated(database: Database): Promise<void> {
  const { ran, pending } = await readMigrationState(database);
  if (pending.length === 0) return;
  if (ran > 0) throw new CommandFailure("migrations_pending", `the database lacks ${pending.join(", ")}; run \`polymint migrate\``);
  await recordMigrations(database, "migrate", await migrateToLatest(database), Date.now());
}
