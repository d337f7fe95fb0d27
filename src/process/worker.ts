import cluster from "node:cluster";
import { Server as HttpsServer } from "node:https";
import type { Express } from "express";
import type { Logger } from "pino";
import { createApp } from "../app";
import { checkPepper, openResources } from "./resources";
import { directPeer, makePeerOf } from "../http/peer";
import type { HttpServerPorts } from "../server/protocol-errors";
import { type Config } from "../config";
import { placeContracts } from "../contracts/address";
import { joinContracts } from "../contracts/registry";
import type { FrontDoorOptions } from "../front-door/options";
import type { WiredContract } from "../contracts/wire";
import { makeConnections } from "../server/connections";
import type { OtpSender } from "../engine/ports/otp";
import type { Clock } from "../engine/client";
import { openRedisCounts } from "../limits/redis-counts";
import { makeLog } from "../telemetry/log";
import type { ProcessMetrics } from "../telemetry/metrics/process-metrics";
import { type Drain, makeDrain } from "../server/drain";
import { type AnyServer, makeServer, makeTlsServer } from "../server/http-server";
import { computeConnectionLimit } from "../server/connection-limit";
import { makeOtpPrinter, makeOtpWebhook } from "../services/otp-sender";
import { combineObservers, type Observer } from "../telemetry/observer";
import { collectFrontDoorDemo } from "./demo-facts";
import type { DemoSettings } from "./demo-settings";
import { type ConnectionHandler, writeFailed } from "./messages";
import { openTelemetry } from "../telemetry";
import { makeTransportSecurity } from "../http/transport-security";
import { sandboxHeaders } from "../sandbox/headers";
import { listListeners } from "./listeners";

/** Milliseconds between two flushes of buffered log lines. */
const flushIntervalMs = 250;

/** The options of the `serve` command. */
export interface ServeOptions {
  /** Seed demo clients for each contract and print a curl for each. */
  demo: boolean;
  /** Let requests ask for their own refusals, and faults be armed. */
  sandbox: boolean;
  /** For the commands that a demonstration prints. */
  demoSettings: DemoSettings;
  /** Contracts beside the built-in ones. */
  wiring: readonly WiredContract[];
}

/** The HTTP servers of this process. They do not listen: connections are passed to them. */
export interface WorkerServer extends ConnectionHandler {
  /** With the same keys in all workers, a client can resume a TLS session that it began at another worker. @param keys 48 bytes */
  setTicketKeys(keys: Buffer): void;
  /** Makes the next readiness probe write: a write has failed at another worker. */
  distrustWrites(): void;
}

/**
 * Opens the database and builds the app and its HTTP servers in this process: a worker's, or a leader's that serves by itself.
 * @throws ConfigurationError, Unavailable, or another error that keeps it from serving
 */
export async function startWorker(config: Config, options: ServeOptions, clock: Clock, metrics?: ProcessMetrics): Promise<WorkerServer> {
  const log = makeLog(config.logLevel);
  const resources = await openResources(config, { ...options, onWriteFailure: tellWriteFailure });
  // The file of the pepper may have been changed since the leader started.
  if (cluster.isWorker) await checkPepper(resources);
  const { issuer, tls, tlsUrl, trustedProxies, contracts, tokens, edge: edgeConfig } = config;
  const peerOf = tls === undefined && trustedProxies.length === 0 ? directPeer : makePeerOf({ ...config, tls: tls !== undefined, clock });
  const telemetry = await openTelemetry(config, { database: resources.database, peerOf, clock, log, metrics });
  const shared = await openRedisCounts(config.redisUrl);
  const polymint = createApp({
    database: resources.database,
    clock,
    log,
    identity: { issuer, tlsUrl },
    secrets: resources,
    contracts: { ...contracts, wiring: options.wiring },
    tokens,
    edge: { ...edgeConfig, peerOf },
    limits: { limits: config.limits, counts: shared?.counts },
    otpSender: chooseOtpSender(config, options),
    frontDoor: await openFrontDoor(config, options, resources.folder),
    requireSync: config.databaseRequireSync,
    sandbox: options.sandbox ? {} : undefined,
    readsOnly: config.serve === "read" ? { maxLagSeconds: config.serveMaxLagSeconds } : undefined,
    observer: telemetry.observer,
  });
  const edge = makeEdge(config, options, log, telemetry.observer);
  const drain = makeDrain(edge.connections);
  const servers = makeServers(polymint.app, config, edge, drain);
  const closeAll = makeCloser([telemetry, shared, resources]);
  await polymint.warmed.catch(async (error: unknown) => {
    await closeAll();
    throw error;
  });
  const stopWatch = polymint.watchLedger();
  const flushTimer = setInterval(() => log.flush(), flushIntervalMs);
  resources.onLost((reason) => log.error({ detail: reason }, "The embedded database is lost for good."));
  let isDraining = false;

  return {
    handleConnection: (socket, listenerIndex) => void servers[listenerIndex]?.emit("connection", socket),
    setTicketKeys: (keys) => {
      for (const server of servers) if (server instanceof HttpsServer) server.setTicketKeys(keys);
    },
    distrustWrites: () => resources.database.distrustWrites(),
    beginDrain: () => {
      isDraining = true;
      log.info("The server began to drain.");
      polymint.beginDrain();
      drain.start();
    },
    finish: async () => {
      await drain.finish(config.drainSeconds * 1000);
      await polymint.drainLedger();
      await stopWatch();
      await closeAll();
      clearInterval(flushTimer);
      // A process that never served logs nothing here.
      if (isDraining) log.info("The server stopped.");
      log.flush();
    },
  };
}

function tellWriteFailure(): void {
  if (cluster.isWorker) process.send?.(writeFailed);
}

/** @returns undefined where the pages for integrators are off */
async function openFrontDoor(config: Config, { demo, wiring }: ServeOptions, folder: string): Promise<FrontDoorOptions | undefined> {
  if (!(config.docs ?? demo)) return undefined;
  if (!demo) return {};
  const enabled = placeContracts(joinContracts(wiring), config.contracts).filter(({ name }) => config.contracts.enabled.includes(name));
  return { demo: await collectFrontDoorDemo(config, enabled, folder) };
}

/** @returns a function that closes those that are there, one after the other */
function makeCloser(all: readonly ({ close(): Promise<void> | void } | undefined)[]): () => Promise<void> {
  return async () => {
    for (const each of all) await each?.close();
  };
}

/** One-time passwords are printed only in a demonstration, which protects nothing of value. */
function chooseOtpSender({ otpWebhookUrl }: Config, { demo }: ServeOptions): OtpSender | undefined {
  if (otpWebhookUrl !== undefined) return makeOtpWebhook(otpWebhookUrl);
  return demo ? makeOtpPrinter((line) => void process.stdout.write(`${line}\n`)) : undefined;
}

/** Broken requests and closed connections come in floods: they are counted in the metrics, and logged only at level debug. */
function makeEdge(
  { databasePool, issuer, edge }: Config,
  { sandbox }: ServeOptions,
  log: Logger,
  observer: Observer = {},
): HttpServerPorts {
  const onProtocolError: Observer["onProtocolError"] = (status) => log.debug({ status }, "A request broke the HTTP protocol.");
  const onCutOff: Observer["onCutOff"] = (reason) => log.debug({ reason }, "The server closed a connection without an answer.");
  const all = combineObservers([observer, { onProtocolError, onCutOff }]);
  return {
    connections: makeConnections({ maxConnections: computeConnectionLimit(databasePool), onCutOff: all.onCutOff }),
    onProtocolError: all.onProtocolError,
    headers: { ...makeTransportSecurity(issuer, edge.hstsSubdomains), ...(sandbox && sandboxHeaders) },
  };
}

/** One server per listener, in their order. */
function makeServers(app: Express, config: Config, edge: HttpServerPorts, drain: Drain): AnyServer[] {
  const { clientCa } = config;
  const servers = listListeners(config).map(({ tls }) =>
    tls === undefined ? makeServer(app, edge) : makeTlsServer(app, { ...tls, clientCa }, edge),
  );
  for (const server of servers) {
    drain.track(server);
    // Node begins to time requests when a server starts to listen. These servers never do: `acceptConnections` listens for them.
    server.emit("listening");
  }
  return servers;
}
