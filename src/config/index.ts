import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { type SigningAlgorithm, signingAlgorithms } from "../engine/client";
import { leastLeadSeconds } from "../keys/publication";
import { ConfigurationError, type Environment, Reader, type Setting } from "./reader";
import { type DatabaseConfig, databaseSettings, readDatabase } from "./database";
import { type DrainConfig, drainSettings, readDrain } from "./shutdown";
import { readUpkeep, type UpkeepConfig, upkeepSettings } from "./upkeep";
import { type HoursConfig, hoursSettings, readHours } from "./working-hours";
import { type LimitsConfig, limitsSettings, readLimits } from "./limits";
import { readTls, type TlsConfig, tlsSettings } from "./tls";
import { readWatching, type WatchingConfig, watchingSettings } from "./telemetry";

/** Everything that can be set from outside, read once. Times carry their unit in their name. */
export interface Config extends TlsConfig, UpkeepConfig, DatabaseConfig, DrainConfig, LimitsConfig, HoursConfig, WatchingConfig {
  host: string;
  port: number;
  /** `iss` of every token, and the base of every URL we give out. No trailing slash. */
  issuer: string;
  /** Undefined: the embedded Postgres. */
  databaseUrl: string | undefined;
  data: { folder: string; explicit: boolean };
  workers: number;
  /** Undefined: kept in the data folder, where that is allowed. */
  pepper: Buffer | undefined;
  masterKey: Buffer | undefined;
  /** While the master key is being changed: the one that comes. */
  newMasterKey: Buffer | undefined;
  /** Contracts that are switched on. */
  contracts: readonly string[];
  /** Chosen in place of a contract's own algorithm. */
  algorithms: ReadonlyMap<string, SigningAlgorithm>;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
  maxInFlight: number;
  retentionSeconds: number;
  keyLeadSeconds: number;
  refreshGraceSeconds: number;
  oneTimeTokenSeconds: number;
  /** Where one-time passwords are handed on. Undefined: nowhere, but in a demonstration. */
  otpWebhookUrl: string | undefined;
}

/** The settings, for people: `polymint serve --help` and the README show this list, and a test holds them to it. */
export const settings: readonly Setting[] = [
  { name: "PORT", fallback: "3000", meaning: "TCP port to listen on" },
  { name: "HOST", fallback: "127.0.0.1", meaning: "address to listen on; 0.0.0.0 or :: for all" },
  { name: "ISSUER", fallback: "http://localhost:PORT", meaning: "public base URL: `iss` of every token, audience of client assertions" },
  ...tlsSettings,
  { name: "DATABASE_URL", fallback: "embedded", meaning: "postgres:// URL; without one an embedded PostgreSQL is started" },
  { name: "POLYMINT_DATA", fallback: ".polymint", meaning: "folder of the embedded database and of generated secrets" },
  { name: "WORKERS", fallback: "one per core", meaning: "processes that answer requests" },
  {
    name: "POLYMINT_PEPPER",
    fallback: "generated",
    meaning: "32 random bytes in base64 that key the digests of secrets; required with DATABASE_URL",
  },
  {
    name: "POLYMINT_MASTER_KEY",
    fallback: "generated",
    meaning: "32 random bytes in base64 that encrypt the signing keys; required with DATABASE_URL",
  },
  {
    name: "POLYMINT_NEW_MASTER_KEY",
    fallback: "none",
    meaning:
      "while the master key is changed, the one that comes: servers open what is sealed under either, `key reencrypt` seals under it",
  },
  { name: "CONTRACTS", fallback: "all", meaning: "contracts to serve, separated by commas; the others answer 404" },
  {
    name: "SIGNING_ALG_<CONTRACT>",
    fallback: "per contract",
    meaning: "ES256, RS256, PS256 or HS256 for one contract, e.g. SIGNING_ALG_WEAVR=RS256",
  },
  { name: "LOG_LEVEL", fallback: "info", meaning: "debug, info, warn, error or silent" },
  { name: "MAX_IN_FLIGHT", fallback: "1000", meaning: "requests in progress per process before new ones get 429" },
  ...databaseSettings,
  ...drainSettings,
  { name: "RETENTION_SECONDS", fallback: "86400", meaning: "seconds that expired tokens stay in the ledger" },
  ...upkeepSettings,
  { name: "KEY_LEAD_SECONDS", fallback: "900", meaning: "seconds that a new signing key is published before it signs" },
  {
    name: "REFRESH_GRACE_SECONDS",
    fallback: "10",
    meaning: "seconds in which a client whose answer was lost gets the same refresh token again; 0 for none",
  },
  { name: "ONE_TIME_TOKEN_SECONDS", fallback: "120", meaning: "seconds that a one-time token of weavr's lives if its maker does not say" },
  {
    name: "OTP_WEBHOOK_URL",
    fallback: "none",
    meaning: "https URL that brings one-time passwords to people; gets a POST of {email, code, expiresInSeconds}",
  },
  ...limitsSettings,
  ...hoursSettings,
  ...watchingSettings,
];

const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/**
 * Reads the configuration.
 * @param contracts the contracts there are
 * @throws ConfigurationError with every fault at once
 */
export function readConfig(environment: Environment, contracts: readonly string[]): Config {
  const read = new Reader(environment);
  const port = read.integer("PORT", 3000, 1, 65_535);
  const issuer = read.matching("ISSUER", `http://localhost:${port}`, isIssuer, "an http(s) URL without query, fragment or trailing slash");
  const tls = readTls(read, issuer, port);
  const dataFolder = read.text("POLYMINT_DATA");
  const config: Config = {
    host: read.matching("HOST", "127.0.0.1", (host) => isIP(host) !== 0 || /^[a-z0-9.-]+$/i.test(host), "an address or host name"),
    port,
    issuer,
    ...tls,
    databaseUrl: read.matching("DATABASE_URL", undefined, (url) => /^postgres(ql)?:\/\//.test(url), "a postgres:// URL"),
    data: { folder: resolve(dataFolder ?? ".polymint"), explicit: dataFolder !== undefined },
    workers: read.integer("WORKERS", availableParallelism(), 1, 256),
    pepper: read.key("POLYMINT_PEPPER"),
    masterKey: read.key("POLYMINT_MASTER_KEY"),
    newMasterKey: read.key("POLYMINT_NEW_MASTER_KEY"),
    contracts: read.list("CONTRACTS", contracts),
    algorithms: algorithmsOf(read, contracts),
    logLevel: read.choice("LOG_LEVEL", "info", logLevels),
    maxInFlight: read.integer("MAX_IN_FLIGHT", 1000, 1, 1_000_000),
    ...readDatabase(read),
    ...readDrain(read),
    retentionSeconds: read.integer("RETENTION_SECONDS", 86_400, 0, 10 * 365 * 86_400),
    ...readUpkeep(read),
    keyLeadSeconds: read.integer("KEY_LEAD_SECONDS", 900, leastLeadSeconds, 30 * 86_400),
    refreshGraceSeconds: read.integer("REFRESH_GRACE_SECONDS", 10, 0, 600),
    oneTimeTokenSeconds: read.integer("ONE_TIME_TOKEN_SECONDS", 120, 1, 3600),
    ...readLimits(read),
    ...readHours(read),
    ...readWatching(read, [port, tls.tls?.port]),
    otpWebhookUrl: read.matching("OTP_WEBHOOK_URL", undefined, isWebhook, "an https URL without user name (http only for localhost)"),
  };
  if (read.faults.length > 0) throw new ConfigurationError(read.faults);
  return config;
}

function algorithmsOf(read: Reader, contracts: readonly string[]): Map<string, SigningAlgorithm> {
  const chosen = new Map<string, SigningAlgorithm>();
  for (const contract of contracts) {
    const algorithm = read.choice(`SIGNING_ALG_${contract.toUpperCase().replaceAll("-", "_")}`, undefined, signingAlgorithms);
    if (algorithm !== undefined) chosen.set(contract, algorithm);
  }
  read.rejectUnknown("SIGNING_ALG_");
  return chosen;
}

function isIssuer(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && !/[?#]/.test(text) && !text.endsWith("/");
}

function isWebhook(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname));
}
