import type { Config } from "./config";
import { ConfigurationError } from "./config-reader";
import { fingerprint, keepLocalSecrets, readLocalSecrets, type ServerSecrets } from "./local-secrets";
import { useEmbeddedPostgres } from "./postgres/embedded";
import { type Database, openDatabase } from "./store/database";
import { makeSettings } from "./store/settings";

/** What a process of ours stands on: the database and the server's secrets. */
export interface Backing extends ServerSecrets {
  database: Database;
  /** Where local files are kept. */
  folder: string;
  /** The embedded PostgreSQL was lost for good; the process cannot go on. Never called with a database of one's own. */
  onLost(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

export interface BackingOptions {
  /** Make secrets and keep them in the data folder even though the database is one's own: for demonstrations. */
  demo?: boolean;
  report?: (line: string) => void;
}

/**
 * Opens the configured database, or starts the embedded one, and finds the secrets: in the configuration, else in the
 * data folder. They are made there on first use, except for a database of one's own, which others may share.
 * @throws ConfigurationError if secrets are missing
 */
export async function openBacking(config: Config, options: BackingOptions = {}): Promise<Backing> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined) {
    const secrets = secretsIn(config, config.data.folder, options.demo ?? false);
    const database = open(config, databaseUrl);
    return { ...secrets, database, folder: config.data.folder, onLost: () => undefined, close: () => database.close() };
  }
  const embedded = await useEmbeddedPostgres({ ...config.data, ...(options.report === undefined ? {} : { report: options.report }) });
  const secrets = secretsIn(config, embedded.folder, true);
  const database = open(config, { ...embedded.connection() });
  return {
    ...secrets,
    database,
    folder: embedded.folder,
    onLost: (listener) => embedded.onLost(listener),
    close: async () => {
      await database.close();
      await embedded.release();
    },
  };
}

/**
 * Makes sure that this server's pepper is the one the database was set up with; under another one no client would ever
 * be recognised.
 * @throws ConfigurationError
 */
export async function mustBeSamePepper(backing: Backing): Promise<void> {
  const own = fingerprint(backing.pepper);
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
  const local = readLocalSecrets(folder) ?? (mayMake ? keepLocalSecrets(folder) : undefined);
  if (local !== undefined) return { pepper: pepper ?? local.pepper, masterKey: masterKey ?? local.masterKey };
  const missing = Object.entries({ POLYMINT_PEPPER: pepper, POLYMINT_MASTER_KEY: masterKey }).filter(([, value]) => value === undefined);
  throw new ConfigurationError(missing.map(([name]) => `${name} is required with DATABASE_URL; make one with: openssl rand -base64 32`));
}
