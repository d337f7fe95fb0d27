import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { recordMigrations } from "../audit/changes";
import { checkPepper, openResources, type Resources } from "./resources";
import { type Config } from "../config";
import { checkConnectionBudget, computeUpkeep } from "./connection-budget";
import { placeContracts } from "../contracts/address";
import { joinContracts } from "../contracts/registry";
import type { PlacedContract, WiredContract } from "../contracts/wire";
import { listAlgorithmsInUse } from "../engine/algorithms";
import { type Clock, longestTokenSeconds } from "../engine/client";
import { warnOfDemoClients } from "./demo-clients";
import { type DemoCredentials, seedDemo } from "./demo-seed";
import { keepDemoSettings } from "./demo-settings";
import { makeKeyRing } from "../keys/key-ring";
import { makeSecretDigest } from "../secrets/secret";
import { makeLog } from "../telemetry/log";
import type { ProcessMetrics } from "../telemetry/metrics/process-metrics";
import { makeRegister } from "../registration/register";
import { makeClientAdmin } from "../store/clients/admin";
import { makeClientRegistry } from "../store/clients/registry";
import { makeIdentities } from "../store/programmes/identities";
import { parseConnectionString } from "../store/database/connection-string";
import { migrateToLatest } from "../store/database/migrate";
import { makePeople } from "../store/people/people";
import { makeProgrammes } from "../store/programmes/programmes";
import { makeSigningKeys } from "../store/signing-keys";
import { makeUsers } from "../store/programmes/users";
import { computeConnectionLimit } from "../server/connection-limit";
import { acceptConnections } from "./accept";
import { checkSchema } from "./check-schema";
import { rememberSandbox } from "./sandbox-memory";
import { formatGreeting } from "./greeting";
import { listListeners, warnOfExposure } from "./listeners";
import { startMaintenance } from "./maintenance";
import { openProcessMetrics } from "../telemetry";
import { startWorkerPool } from "./workers";
import { type ServeOptions, startWorker } from "./worker";

/**
 * Prepares what all workers share (database, schema, keys, demo data), then starts the workers, the metrics endpoint and the
 * maintenance.
 * @returns a function that accepts connections for `acceptMs` more milliseconds and then stops everything, workers first
 * @throws ConfigurationError, Unavailable, or another error that keeps the server from starting
 */
export async function startLeader(config: Config, options: ServeOptions, clock: Clock): Promise<(acceptMs: number) => Promise<void>> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const log = makeLog(config.logLevel);
  warnOfExposure(config, log);
  if (config.databaseUrl !== undefined) for (const note of parseConnectionString(config.databaseUrl).notes) log.warn(note);
  log.flush();
  const resources = await openResources(config, { ...options, report: print, poolMax: computeUpkeep(config) });
  try {
    const metrics = await openProcessMetrics(config);
    const contracts = joinContracts(options.wiring);
    const demo = await prepareSharedState(resources, config, { contracts, ...options }, { clock, log, print });
    const budget = await checkConnectionBudget(config, resources.database, log);
    log.flush();
    if (demo === undefined) print(budget);
    const forgetSettings = options.demo ? keepDemoSettings(resources.folder, options.demoSettings) : undefined;
    const { allStarted, stop: stopServing } = await startServing(config, options, clock, metrics, log);
    const stopMetrics = await startMetrics(config, metrics, resources, clock).catch(async (error: unknown) => {
      await stopServing(0);
      throw error;
    });
    const stopMaintenance = config.serve === "read" ? () => Promise.resolve() : startMaintenance(resources.database, config, clock, log);
    let isStopping = false;
    const greeting = await formatGreeting(config, listEnabledContracts(config, contracts), demo, resources.folder);
    void allStarted.then(() => isStopping || print(greeting));
    return async (acceptMs) => {
      isStopping = true;
      await stopServing(acceptMs);
      await stopMaintenance();
      await stopMetrics();
      await resources.close();
      forgetSettings?.();
    };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

interface RunningServers {
  /** Resolves when every worker has started, or has failed to for the first time. */
  allStarted: Promise<void>;
  /** In this order: reports "not ready", accepts connections for `acceptMs` more milliseconds, finishes the requests in progress. */
  stop: (acceptMs: number) => Promise<void>;
}

/** Returns when connections are accepted and at least one worker serves them. */
async function startServing(
  config: Config,
  options: ServeOptions,
  clock: Clock,
  metrics: ProcessMetrics | undefined,
  log: Logger,
): Promise<RunningServers> {
  const { workers, databasePool } = config;
  const handler =
    workers === 1
      ? { ...(await startWorker(config, options, clock, metrics)), allStarted: Promise.resolve() }
      : await startWorkerPool(config, log);
  const stopAccepting = await acceptConnections({
    listeners: listListeners(config),
    forWorkers: workers > 1,
    maxPending: computeConnectionLimit(databasePool),
    onConnection: handler.handleConnection,
  }).catch(async (error: unknown) => {
    await handler.finish();
    throw error;
  });
  return {
    allStarted: handler.allStarted,
    stop: async (acceptMs) => {
      handler.beginDrain();
      await sleep(acceptMs);
      await stopAccepting();
      await handler.finish();
    },
  };
}

/** @returns a function that stops the metrics endpoint; it does nothing if there is none */
async function startMetrics(
  config: Config,
  metrics: ProcessMetrics | undefined,
  { database }: Resources,
  clock: Clock,
): Promise<() => Promise<void>> {
  if (config.metrics === undefined || metrics === undefined) return () => Promise.resolve();
  const { serveMetrics } = await import("../telemetry/metrics/serve-metrics.js");
  return serveMetrics(config.metrics, { metrics, database, clock, retentionSeconds: config.retentionSeconds });
}

async function prepareSharedState(
  resources: Resources,
  config: Config,
  { contracts, demo, sandbox }: { contracts: readonly WiredContract[]; demo: boolean; sandbox: boolean },
  { clock, log, print }: { clock: Clock; log: Logger; print: (line: string) => void },
): Promise<DemoCredentials | undefined> {
  const { database, masterKey, newMasterKey } = resources;
  if (config.serve === "read") {
    await checkSchema(database, log);
    await checkPepper(resources);
  } else {
    const migrated = await migrateToLatest(database, (name) => print(`migrated ${name}`));
    await recordMigrations(database, "serve", migrated, clock());
    await checkPepper(resources);
    await rememberSandbox(database, sandbox);
    const keys = makeKeyRing({ store: makeSigningKeys(database), masterKey, newMasterKey, clock, longestTokenSeconds });
    await keys.ensureKeys(listAlgorithmsInUse(contracts, config.tokens.algorithms));
  }
  if (demo) return seedDemoData(resources, config, contracts, clock);
  await warnOfDemoClients(contracts, makeClientRegistry({ database, clock }), log);
  log.flush();
  return undefined;
}

function seedDemoData(
  { database, folder, pepper }: Resources,
  config: Config,
  all: readonly WiredContract[],
  clock: Clock,
): Promise<DemoCredentials> {
  const digest = makeSecretDigest(pepper);
  const admin = makeClientAdmin(database);
  const contracts = new Map(all.map(({ name, policy }) => [name, policy]));
  const { algorithms } = config.tokens;
  const register = makeRegister({ admin, programmes: makeProgrammes(database), digest, clock, contracts, algorithms, longestTokenSeconds });
  const ports = {
    register,
    registry: makeClientRegistry({ database, clock }),
    admin,
    identities: makeIdentities(database),
    users: makeUsers(database),
    people: makePeople(database),
    digest,
    clock,
    issuer: config.issuer,
    folder,
  };
  return seedDemo(listEnabledContracts(config, all), ports);
}

function listEnabledContracts(config: Config, all: readonly WiredContract[]): readonly PlacedContract[] {
  return placeContracts(all, config.contracts).filter(({ name }) => config.contracts.enabled.includes(name));
}
