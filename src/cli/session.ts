import { recordMigrations } from "../audit/changes";
import {
  type ResourceOptions,
  type Resources,
  checkPepper,
  openResources,
  openConfiguredDatabase,
  type ConfiguredDatabase,
} from "../process/resources";
import { type Config, readContractsFolder, readServerConfig } from "../config";
import { joinContracts } from "../contracts/registry";
import { loadContracts } from "../contracts-folder";
import type { WiredContract } from "../contracts/wire";
import type { SecretDigest } from "../engine/ports/clients";
import type { ContractPolicy } from "../engine/policy";
import type { Clock } from "../engine/client";
import { makeSecretDigest } from "../secrets/secret";
import type { MasterKeys } from "../keys/signing-key";
import type { Database } from "../store/database";
import { migrateToLatest, readMigrationState } from "../store/database/migrate";
import { CommandError } from "./errors";
import { requireDatabase } from "./new-database";

/** What a command works with: the open database, the secrets and the configuration. */
export interface CommandSession extends MasterKeys {
  config: Config;
  database: Database;
  digest: SecretDigest;
  /** The folder of local files. */
  folder: string;
  clock: Clock;
  /** The policies of all contracts, by the contract's name. */
  contracts: ReadonlyMap<string, ContractPolicy>;
  /** The contracts beside the built-in ones. */
  wiring: readonly WiredContract[];
}

/**
 * Opens the database that the server uses, does the work, and closes the database even if the work fails. A new database is
 * made only if the person wants it; it is migrated first, and gets the fingerprint of the pepper.
 * @throws CommandError if migrations are pending or the embedded database does not start
 * @throws ConfigurationError if a setting is wrong, a secret is missing, or the pepper is not this database's
 */
export function withSession<T>(work: (session: CommandSession) => Promise<T>): Promise<T> {
  return withResources(openExisting, async (resources, config, wiring) => {
    const { database, masterKey, newMasterKey, pepper, folder } = resources;
    await ensureMigrated(database);
    await checkPepper(resources);
    const contracts = new Map(joinContracts(wiring).map(({ name, policy }) => [name, policy]));
    const digest = makeSecretDigest(pepper);
    return work({ config, database, masterKey, newMasterKey, folder, digest, clock: Date.now, contracts, wiring });
  });
}

/** As `withSession`, without migrating the database and without the server's secrets. */
export function withStore<T>(work: (store: ConfiguredDatabase) => Promise<T>): Promise<T> {
  return withResources(openConfiguredDatabase, work);
}

async function withResources<Opened extends ConfiguredDatabase, T>(
  open: OpenFunction<Opened>,
  work: (opened: Opened, config: Config, wiring: readonly WiredContract[]) => Promise<T>,
): Promise<T> {
  const { config, wiring } = readCommandConfig();
  const opened = await openWithReport(open, config);
  try {
    return await work(opened, config, wiring);
  } finally {
    await opened.close();
  }
}

/** Reads the configuration that a server would have here, the contracts of the other folder, and all contracts. @throws ConfigurationError */
export function readCommandConfig(): { config: Config; wiring: readonly WiredContract[]; contracts: readonly WiredContract[] } {
  const wiring = loadContracts(readContractsFolder(process.env));
  const contracts = joinContracts(wiring);
  return { config: readServerConfig(process.env, contracts), wiring, contracts };
}

/** A command in the wrong folder must not leave a new database there. */
async function openExisting(config: Config, options: ResourceOptions): Promise<Resources> {
  await requireDatabase(config);
  return openResources(config, options);
}

type OpenFunction<Opened> = (config: Config, options: ResourceOptions) => Promise<Opened>;

/** @throws CommandError if the name is given and no contract has it */
export function requireContract(name: string | undefined, { contracts }: CommandSession): void {
  if (name === undefined || contracts.has(name)) return;
  throw new CommandError("usage", `there is no contract ${name}; there are ${[...contracts.keys()].join(", ")}`);
}

async function openWithReport<Opened>(open: OpenFunction<Opened>, config: Config): Promise<Opened> {
  try {
    // Progress reports are for a person who waits at a terminal.
    return await open(config, process.stderr.isTTY ? { report: (line) => process.stderr.write(`${line}\n`) } : {});
  } catch (thrown) {
    // The launcher's own errors have neither class nor code: PostgreSQL is missing, or does not start.
    if (thrown instanceof Error && thrown.constructor === Error && !("code" in thrown)) {
      throw new CommandError("database_unavailable", thrown.message, thrown);
    }
    throw thrown;
  }
}

async function ensureMigrated(database: Database): Promise<void> {
  const { ran, pending } = await readMigrationState(database);
  if (pending.length === 0) return;
  if (ran > 0) throw new CommandError("migrations_pending", `the database lacks ${pending.join(", ")}; run \`polymint migrate\``);
  await recordMigrations(database, "migrate", await migrateToLatest(database), Date.now());
}
