import type { Config } from "../config";
import { ConfigurationError } from "../config/reader";
import { computeBudget } from "./connection-budget";
import { fingerprintPepper, createLocalSecrets, readLocalSecrets, type ServerSecrets } from "../secrets/secrets-file";
import { useEmbeddedPostgres } from "../embedded-postgres";
import { type Database, openDatabase } from "../store/database";
import { makeSettings } from "../store/database/settings";

/** The configured database, opened, and the folder of local files. */
export interface ConfiguredDatabase {
  database: Database;
  folder: string;
  /** Whether it is the embedded one. No other server uses that, so its secrets can be made here. */
  embedded: boolean;
  /** Calls the listener if the embedded PostgreSQL is lost for good. Does nothing for a database at DATABASE_URL. */
  onLost(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

/** What a process needs before it can serve or run a command: the database and the server's secrets. */
export interface Resources extends ConfiguredDatabase, ServerSecrets {
  /** The key that replaces the master key, while it is being changed. */
  newMasterKey: Buffer | undefined;
}

export interface ResourceOptions {
  /** Make missing secrets and keep them in the data folder, even with DATABASE_URL. */
  demo?: boolean;
  /** Gets the progress of the embedded PostgreSQL, one line for a person at a time. */
  report?: (line: string) => void;
  /** Connections at most; default `DATABASE_POOL`. */
  poolMax?: number;
  /** Called when a write has failed after one that succeeded. */
  onWriteFailure?: (() => void) | undefined;
}

/** PostgreSQL's default. A machine with many cores has more workers than that is enough for. */
const usualMaxConnections = 100;
/** Beside a server, with those that PostgreSQL reserves. */
const connectionsForCommands = 20;

/** Opens the database at DATABASE_URL; without one, starts the embedded PostgreSQL. */
export async function openConfiguredDatabase(config: Config, options: ResourceOptions = {}): Promise<ConfiguredDatabase> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined) {
    const database = openPool(config, databaseUrl, options);
    return { database, folder: config.data.folder, embedded: false, onLost: () => undefined, close: () => database.close() };
  }
  const settings = { max_connections: String(Math.max(usualMaxConnections, computeBudget(config) + connectionsForCommands)) };
  const postgres = await useEmbeddedPostgres({
    ...config.data,
    settings,
    ...(options.report === undefined ? {} : { report: options.report }),
  });
  const database = openPool(config, { ...postgres.getConnectionParameters() }, options);
  const close = async (): Promise<void> => {
    await database.close();
    await postgres.release();
  };
  return { database, folder: postgres.folder, embedded: true, onLost: (listener) => postgres.onLost(listener), close };
}

/**
 * Opens the database and finds the secrets: in the configuration, else in the data folder. On first use they are made there,
 * except with DATABASE_URL: other servers may share that database and need the same secrets.
 * @throws ConfigurationError if secrets are missing
 */
export async function openResources(config: Config, options: ResourceOptions = {}): Promise<Resources> {
  const opened = await openConfiguredDatabase(config, options);
  try {
    const secrets = findSecrets(config, opened.folder, opened.embedded || (options.demo ?? false));
    return { ...opened, ...secrets, newMasterKey: config.newMasterKey };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/**
 * Checks that this server has the pepper that the database was set up with. Under another pepper, no client's secret would match.
 * @throws ConfigurationError if it has another one
 */
export async function checkPepper({ database, pepper }: Resources): Promise<void> {
  const ownFingerprint = fingerprintPepper(pepper);
  const [settings, name] = [makeSettings(database), "pepper_fingerprint"];
  // Only the first start ever writes it, so that a server can check it on a standby.
  const stored = (await settings.get(name)) ?? (await settings.putIfAbsent(name, ownFingerprint));
  if (stored !== ownFingerprint) throw new ConfigurationError(["POLYMINT_PEPPER is not the one this database was set up with"]);
}

function openPool(
  config: Config,
  connection: string | Record<string, unknown>,
  { poolMax = config.databasePool, onWriteFailure }: ResourceOptions,
): Database {
  return openDatabase({
    connection,
    poolMax,
    connectTimeoutMs: config.databaseConnectTimeoutMs,
    statementTimeoutMs: config.databaseStatementTimeoutMs,
    pooler: config.databasePooler,
    ...(onWriteFailure !== undefined && { onWriteFailure }),
    ...(config.serve === "read" && { maxLagSeconds: config.serveMaxLagSeconds }),
  });
}

function findSecrets(config: Config, folder: string, mayMake: boolean): ServerSecrets {
  const { pepper, masterKey } = config;
  if (pepper !== undefined && masterKey !== undefined) return { pepper, masterKey };
  const local = readLocalSecrets(folder) ?? (mayMake ? createLocalSecrets(folder) : undefined);
  if (local !== undefined) return { pepper: pepper ?? local.pepper, masterKey: masterKey ?? local.masterKey };
  const missing = Object.entries({ POLYMINT_PEPPER: pepper, POLYMINT_MASTER_KEY: masterKey }).filter(([, value]) => value === undefined);
  throw new ConfigurationError(missing.map(([name]) => `${name} is required with DATABASE_URL; make one with: openssl rand -base64 32`));
}
