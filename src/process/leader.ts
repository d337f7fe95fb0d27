import { isIPv6 } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { wiring } from "../../generated/wiring";
import { recordMigrations } from "../audit/migrations";
import { type Backing, mustBeSamePepper, openBacking } from "./resources";
import { type Config } from "../config";
import { longestTokenSeconds } from "../engine/lifetimes";
import { banner } from "./demo-banner";
import { type DemoKeepsake, seedDemo } from "./demo-seed";
import { shellQuoted } from "../contracts/demo";
import type { Clock } from "../engine/client";
import { makeKeyRing } from "../keys/key-ring";
import { makeSecretDigest } from "../secrets/secret";
import { makeLog } from "../telemetry/log";
import type { ProcessMetrics } from "../telemetry/metrics/process-metrics";
import { makeRegister } from "../registration/register";
import { makeClientAdmin } from "../store/clients/admin";
import { makeClientRegistry } from "../store/clients/registry";
import { makeIdentities } from "../store/programmes/identities";
import { migrateToLatest } from "../store/database/migrate";
import { makePeople } from "../store/people/people";
import { makeProgrammes } from "../store/programmes/programmes";
import { makeSigningKeys } from "../store/signing-keys";
import { makeUsers } from "../store/programmes/users";
import { computeConnectionLimit } from "../server/connection-limit";
import { openDoors } from "./accept";
import { keepHouse } from "./maintenance";
import { openProcessMetrics } from "../telemetry";
import { startWorkers } from "./workers";
import { work } from "./worker";

/**
 * Prepares what all workers share (database, schema, keys, demo data), starts them, and keeps house.
 * @returns stops everything, workers first, having taken connections for so many milliseconds more
 */
export async function lead(config: Config, options: { demo: boolean }, clock: Clock): Promise<(acceptMs: number) => Promise<void>> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const log = makeLog(config.logLevel);
  const backing = await openBacking(config, { ...options, report: say });
  try {
    const metrics = await openProcessMetrics(config);
    const keepsake = await prepare(backing, config, options, clock, say);
    const { complete, stopServing } = await serveAtDoors(config, options, clock, metrics, log);
    const stopMetrics = await showMetrics(config, metrics, backing, clock).catch(async (error: unknown) => {
      await stopServing(0);
      throw error;
    });
    const stopHouse = keepHouse(backing.database, config, clock, log);
    let isStopping = false;
    void complete.then(() => isStopping || say(greeting(config, backing, keepsake)));
    return async (acceptMs) => {
      isStopping = true;
      await stopServing(acceptMs);
      await stopHouse();
      await stopMetrics();
      await backing.close();
    };
  } catch (error) {
    await backing.close();
    throw error;
  }
}

interface AtDoors {
  /** Resolves when all who shall serve have come up. */
  complete: Promise<void>;
  /** In order: not ready, take nothing more after so many milliseconds, finish what is in progress. */
  stopServing: (acceptMs: number) => Promise<void>;
}

/** Returns when connections are taken and somebody serves them. */
async function serveAtDoors(
  config: Config,
  options: { demo: boolean },
  clock: Clock,
  metrics: ProcessMetrics | undefined,
  log: Logger,
): Promise<AtDoors> {
  const { host, port, tls, workers, databasePool } = config;
  const serving =
    workers === 1 ? { ...(await work(config, options, clock, metrics)), complete: Promise.resolve() } : await startWorkers(config, log);
  const doors = {
    host,
    ports: tls === undefined ? [port] : [port, tls.port],
    handsOn: workers > 1,
    most: computeConnectionLimit(databasePool),
  };
  const closeDoors = await openDoors({ ...doors, take: serving.take }).catch(async (error: unknown) => {
    await serving.finish();
    throw error;
  });
  return {
    complete: serving.complete,
    stopServing: async (acceptMs) => {
      serving.beginDrain();
      await sleep(acceptMs);
      await closeDoors();
      await serving.finish();
    },
  };
}

/** @returns stops */
async function showMetrics(
  config: Config,
  metrics: ProcessMetrics | undefined,
  { database }: Backing,
  clock: Clock,
): Promise<() => Promise<void>> {
  if (config.metrics === undefined || metrics === undefined) return () => Promise.resolve();
  const { serveMetrics } = await import("../telemetry/metrics/serve-metrics.js");
  return serveMetrics(config.metrics, { metrics, database, clock, retentionSeconds: config.retentionSeconds });
}

async function prepare(
  backing: Backing,
  config: Config,
  options: { demo: boolean },
  clock: Clock,
  say: (line: string) => void,
): Promise<DemoKeepsake | undefined> {
  const migrated = await migrateToLatest(backing.database, (name) => say(`migrated ${name}`));
  await recordMigrations(backing.database, "serve", migrated, clock());
  await mustBeSamePepper(backing);
  const { database, masterKey, newMasterKey } = backing;
  const keys = makeKeyRing({ store: makeSigningKeys(database), masterKey, newMasterKey, clock, longestTokenSeconds });
  await keys.ensureKeys([...new Set(wiring.map(({ name, policy }) => config.tokens.algorithms.get(name) ?? policy.algorithm))]);
  return options.demo ? seed(backing, config, clock) : undefined;
}

function seed({ database, folder, pepper }: Backing, config: Config, clock: Clock): Promise<DemoKeepsake> {
  const digest = makeSecretDigest(pepper);
  const admin = makeClientAdmin(database);
  const contracts = new Map(wiring.map(({ name, policy }) => [name, policy]));
  const register = makeRegister({ admin, programmes: makeProgrammes(database), digest, clock, contracts, longestTokenSeconds });
  const ports = {
    register,
    registry: makeClientRegistry({ database, clock }),
    admin,
    identities: makeIdentities(database),
    users: makeUsers(database),
    people: makePeople(database),
    digest,
    clock,
    folder,
  };
  return seedDemo(served(config), ports);
}

function served(config: Config): typeof wiring {
  return wiring.filter(({ name }) => config.contracts.enabled.includes(name));
}

function greeting(config: Config, backing: Backing, keepsake: DemoKeepsake | undefined): string {
  const host = ["0.0.0.0", "::", "127.0.0.1", "::1"].includes(config.host) ? "localhost" : config.host;
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${config.port}`;
  const withTls = config.tls === undefined ? "" : ` and, with TLS, on port ${config.tls.port}`;
  if (keepsake === undefined) return `Polymint listens on ${config.host} port ${config.port}${withTls}`;
  const polymint = [process.execPath, join(__dirname, "..", "cli", "polymint.js")].map(shellWord).join(" ");
  return banner(served(config), keepsake, { url, issuer: config.issuer, folder: backing.folder, polymint });
}

/** Quoted only where it has to be, for people to read. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : shellQuoted(path);
}
