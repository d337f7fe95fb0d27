import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { ContractPolicy } from "../engine/policy";
import { ConfigurationError, type Environment, Reader, type Setting, toFileName } from "./reader";
import { type ContractsConfig, contractsSettings, readContracts } from "./contracts";
import { type DatabaseConfig, databaseSettings, readDatabase, readDatabaseUrl } from "./database";
import { type EdgeConfig, edgeSettings, readEdge } from "./edge";
import { type LimitsConfig, limitsSettings, readLimits } from "./limits";
import { listNames } from "./per-contract";
import { listenerSettings, type ListenersConfig, readListeners } from "./listeners";
import { readSandbox, type SandboxConfig, sandboxSettings } from "./sandbox";
import { readShutdown, type ShutdownConfig, shutdownSettings } from "./shutdown";
import { readTelemetry, type TelemetryConfig, telemetrySettings } from "./telemetry";
import { isIssuer, isWebhook } from "./web-urls";
import { readTokens, type TokensConfig, tokensSettings } from "./tokens";
import { readTls, type TlsConfig, tlsSettings } from "./tls";

export { readAddresses, readContractsFolder } from "./contracts";
export { chooseSandbox } from "./sandbox";

/** The whole configuration. Names of times end in their unit. */
export interface Config
  extends
    ContractsConfig,
    DatabaseConfig,
    EdgeConfig,
    LimitsConfig,
    ListenersConfig,
    SandboxConfig,
    ShutdownConfig,
    TelemetryConfig,
    TlsConfig,
    TokensConfig {
  /** `iss` of every token, and the base of every URL that the server publishes. No trailing slash. */
  issuer: string;
  /** Undefined: the embedded Postgres. */
  databaseUrl: string | undefined;
  data: { folder: string; explicit: boolean };
  workers: number;
  /** Undefined: generated and kept in the data folder, if that is allowed. */
  pepper: Buffer | undefined;
  masterKey: Buffer | undefined;
  /** The next master key, while the master key is being changed. */
  newMasterKey: Buffer | undefined;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** Whether the pages for integrators are served. Undefined: in a demonstration only. */
  docs: boolean | undefined;
  /** The webhook that delivers one-time passwords. Undefined: they cannot be sent, except that a demonstration prints them. */
  otpWebhookUrl: string | undefined;
}

/** The documentation of all settings: `polymint serve --help` and docs/operating/settings.md show this list, and a test compares them. */
export const settings: readonly Setting[] = [
  ...listenerSettings,
  {
    name: "ISSUER",
    fallback: "http://localhost:PORT",
    meaning: "public base URL: `iss` of every token, audience of client assertions; https://localhost:TLS_PORT with PORT=off",
  },
  ...tlsSettings,
  {
    name: "DATABASE_URL",
    fallback: "embedded",
    meaning: "postgres:// URL, which may name several hosts; without one an embedded PostgreSQL is started",
    secret: true,
  },
  { name: "POLYMINT_DATA", fallback: ".polymint", meaning: "folder of the embedded database and of generated secrets" },
  { name: "WORKERS", fallback: "one per core", meaning: "processes that answer requests" },
  {
    name: "POLYMINT_PEPPER",
    fallback: "generated",
    meaning: "32 random bytes in base64 that key the digests of secrets; required with DATABASE_URL",
    secret: true,
  },
  {
    name: "POLYMINT_MASTER_KEY",
    fallback: "generated",
    meaning: "32 random bytes in base64 that encrypt the signing keys; required with DATABASE_URL",
    secret: true,
  },
  {
    name: "POLYMINT_NEW_MASTER_KEY",
    fallback: "none",
    meaning:
      "while the master key is changed, the one that comes: servers open what is sealed under either, `key reencrypt` seals under it",
    secret: true,
  },
  ...contractsSettings,
  { name: "LOG_LEVEL", fallback: "info", meaning: "debug, info, warn, error or silent" },
  {
    name: "DOCS",
    fallback: "on with --demo",
    meaning: "on or off: the front door, with pages for integrators at /, /docs, /errors and /playground, and the specs at /openapi/",
  },
  ...edgeSettings,
  ...databaseSettings,
  ...sandboxSettings,
  ...shutdownSettings,
  ...tokensSettings,
  {
    name: "OTP_WEBHOOK_URL",
    fallback: "none",
    meaning: "https URL that brings one-time passwords to people; gets a POST of {email, code, expiresInSeconds}",
    secret: true,
  },
  ...limitsSettings,
  ...telemetrySettings,
];

/** Names of the settings that can be read from a file. */
export const secretSettings: readonly string[] = settings.filter(({ secret }) => secret === true).map(({ name }) => name);

const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/**
 * Reads the configuration.
 * @param contracts names of all contracts
 * @param identifying names of those that identify persons
 * @throws ConfigurationError with every fault at once
 */
export function readConfig(environment: Environment, contracts: readonly string[], identifying: readonly string[] = []): Config {
  const read = new Reader(environment, secretSettings);
  const plain = readListeners(read);
  const usualIssuer = plain.port === undefined ? `https://localhost:${read.text("TLS_PORT")}` : `http://localhost:${plain.port}`;
  const issuer = read.matching("ISSUER", usualIssuer, isIssuer, "an http(s) URL without query, fragment or trailing slash");
  const tls = readTls(read, issuer, plain);
  const config: Config = {
    ...plain,
    issuer,
    ...tls,
    databaseUrl: readDatabaseUrl(read),
    data: { folder: readDataFolder(environment), explicit: read.text("POLYMINT_DATA") !== undefined },
    workers: read.integer("WORKERS", availableParallelism(), 1, 256),
    pepper: read.key("POLYMINT_PEPPER"),
    masterKey: read.key("POLYMINT_MASTER_KEY"),
    newMasterKey: read.key("POLYMINT_NEW_MASTER_KEY"),
    ...readContracts(read, contracts),
    logLevel: read.choice("LOG_LEVEL", "info", logLevels),
    docs: readDocs(read),
    ...readEdge(read),
    ...readDatabase(read),
    ...readSandbox(read),
    ...readShutdown(read),
    ...readTokens(read, contracts, identifying),
    ...readLimits(read),
    ...readTelemetry(read, [plain.port, tls.tls?.port]),
    otpWebhookUrl: read.matching("OTP_WEBHOOK_URL", undefined, isWebhook, "an https URL without user name (http only for localhost)"),
  };
  read.rejectMisspelt(listNames(settings, contracts));
  if (config.serve === "read" && config.databaseUrl === undefined)
    read.faults.push("SERVE=read needs DATABASE_URL: nothing else writes to an embedded PostgreSQL");
  if (read.faults.length > 0) throw new ConfigurationError(read.faults);
  return config;
}

function readDocs(read: Reader): boolean | undefined {
  const choice = read.choice("DOCS", undefined, ["on", "off"]);
  return choice === undefined ? undefined : choice === "on";
}

/** @returns the absolute path of the data folder, for what comes before all other settings */
export function readDataFolder(environment: Environment): string {
  return resolve(new Reader(environment).text("POLYMINT_DATA") ?? ".polymint");
}

/** @returns the variables that are settings of a server, and those that its database driver reads */
export function pickSettings(environment: Environment): Record<string, string> {
  const starts = settings.flatMap(({ name }) => (name.includes("<") ? [name.slice(0, name.indexOf("<"))] : []));
  const isSetting = (name: string): boolean =>
    settings.some((each) => each.name === name || (each.secret === true && toFileName(each.name) === name)) ||
    [...starts, "PG"].some((start) => name.startsWith(start));
  const entries = Object.entries(environment).flatMap(([name, value]) => (value !== undefined && isSetting(name) ? [[name, value]] : []));
  return Object.fromEntries(entries) as Record<string, string>;
}

/** @returns the environment with other settings in place of all that it has */
export function replaceSettings(environment: Environment, others: Readonly<Record<string, string>>): Environment {
  const replaced = pickSettings(environment);
  return { ...Object.fromEntries(Object.entries(environment).filter(([name]) => !(name in replaced))), ...others };
}

/**
 * Reads the configuration of a server with these contracts.
 * @throws ConfigurationError with every fault at once
 */
export function readServerConfig(environment: Environment, contracts: readonly ConfiguredContract[]): Config {
  const identifying = contracts.filter(({ policy }) => policy.identifiesPersons === true);
  return readConfig(
    environment,
    contracts.map(({ name }) => name),
    identifying.map(({ name }) => name),
  );
}

/** What the configuration needs to know of a contract. */
interface ConfiguredContract {
  name: string;
  policy: Pick<ContractPolicy, "identifiesPersons">;
}
