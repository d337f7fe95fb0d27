import type { Config } from "../config";
import { ConfigurationError } from "../config/reader";
import { fingerprintPepper, createLocalSecrets, readLocalSecrets, type ServerSecrets } from "../secrets/secrets-file";
import { useEmbeddedPostgres } from "../embedded-postgres";
import { type Database, openDatabase } from "../store/database";
import { makeSettings } from "../store/database/settings";

/** An open database, and where local files are kept. */
export interface Store {
  database: Database;
  folder: string;
  /** It is the embedded one, so nobody else's server depends on secrets that are made here. */
  embedded: boolean;
  /** The embedded PostgreSQL was lost for good; the process cannot go on. Never called with a database of one's own. */
  onLost(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

/** What a process of ours stands on: the database and the server's secrets. */
export interface Backing extends Store, ServerSecrets {
  /** The master key that takes the place of the other, while it is being changed. */
  newMasterKey: Buffer | undefined;
}

export interface BackingOptions {
  /** Make secrets and keep them in the data folder even though the database is one's own: for demonstrations. */
  demo?: boolean;
  report?: (line: string) => void;
}

/** Opens the configured database, or starts the embedded one. */
export async function openStore(config: Config, options: BackingOptions = {}): Promise<Store> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined) {
    const database = open(config, databaseUrl);
    return { database, folder: config.data.folder, embedded: false, onLost: () => undefined, close: () => database.close() };
  }
  const postgres = await useEmbeddedPostgres({ ...config.data, ...(options.report === undefined ? {} : { report: options.report }) });
  const database = open(config, { ...postgres.connection() });
  const close = async (): Promise<void> => {
    await database.close();
    await postgres.release();
  };
  return { database, folder: postgres.folder, embedded: true, onLost: (listener) => postgres.onLost(listener), close };
}

/**
 * Opens the store and finds the secrets: in the configuration, else in the data folder. They are made there on first use,
 * except for a database of one's own, which others may share.
 * @throws ConfigurationError if secrets are missing
 */
export async function openBacking(config: Config, options: BackingOptions = {}): Promise<Backing> {
  const store = await openStore(config, options);
  try {
    const secrets = secretsIn(config, store.folder, store.embedded || (options.demo ?? false));
    return { ...store, ...secrets, newMasterKey: config.newMasterKey };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Makes sure that this server's pepper is the one the database was set up with; under another one no client would ever
 * be recognised.
 * @throws ConfigurationError
 */
export async function mustBeSamePepper(backing: Backing): Promise<void> {
  const own = fingerprintPepper(backing.pepper);
  const standing = await makeSettings(backing.database).putIfAbsent("pepper_fingerprint", own);
  if (standing !== own) throw new ConfigurationError(["POLYMINT_PEPPER is not the one this database was set up with"]);
}

function open(config: Config, connection: string | Record<string, unknown>): Database {
  return openDatabase({
    connection,
    poolMax: config.databasePool,
    connectTimeoutMs: config.databaseConnectTimeoutMs,
    statementTimeoutMs: config.databaseStatementTimeoutMs,
  });
}

function secretsIn(config: Config, folder: string, mayMake: boolean): ServerSecrets {
  const { pepper, masterKey } = config;
  if (pepper !== undefined && masterKey !== undefined) return { pepper, masterKey };
  const local = readLocalSecrets(folder) ?? (mayMake ? createLocalSecrets(folder) : undefined);
  if (local !== undefined) return { pepper: pepper ?? local.pepper, masterKey: masterKey ?? local.masterKey };
  const missing = Object.entries({ POLYMINT_PEPPER: pepper, POLYMINT_MASTER_KEY: masterKey }).filter(([, value]) => value === undefined);
  throw new ConfigurationError(missing.map(([name]) => `${name} is required with DATABASE_URL; make one with: openssl rand -base64 32`));
}
