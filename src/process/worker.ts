import { Server as HttpsServer } from "node:https";
import type { Express } from "express";
import type { Logger } from "pino";
import { createApp } from "../app";
import { openBacking } from "./resources";
import { directPeer, makePeerOf } from "../http/peer";
import type { HttpServerPorts } from "../server/protocol-errors";
import { type Config } from "../config";
import { makeConnections } from "../server/connections";
import type { OtpSender } from "../engine/ports/otp";
import type { Clock } from "../engine/client";
import { openRedisCounts } from "../limits/redis-counts";
import { makeLog } from "../telemetry/log";
import type { ProcessMetrics } from "../telemetry/metrics/process-metrics";
import { type Drain, makeDrain } from "../server/drain";
import { type AnyServer, makeServer, makeTlsServer } from "../server/http-server";
import { computeConnectionLimit } from "../server/connection-limit";
import { makeOtpPrinter, makeOtpWebhook } from "../services/weavr-step-up/otp-sender";
import { combineObservers, type Observer } from "../telemetry/observer";
import type { Serving } from "./serving";
import { openTelemetry } from "../telemetry";

/** How often buffered log lines are written out, in milliseconds. */
const flushMs = 250;

/** What serves in this process. */
export interface Worker extends Serving {
  /** Whoever was here before, at another worker, resumes their TLS session. @param keys 48 bytes that all workers share */
  resumeWith(keys: Buffer): void;
}

/** Makes this process one that serves requests. */
export async function work(config: Config, options: { demo: boolean }, clock: Clock, metrics: ProcessMetrics | undefined): Promise<Worker> {
  const log = makeLog(config.logLevel);
  const backing = await openBacking(config, options);
  const { issuer, tls, tlsUrl, clientCa, trustedProxies, contracts, tokens, edge: edgeConfig } = config;
  const peerOf = tls === undefined && trustedProxies.length === 0 ? directPeer : makePeerOf({ clientCa, trustedProxies, clock });
  const watching = await openTelemetry(config, { database: backing.database, peerOf, clock, log, metrics });
  const shared = await openRedisCounts(config.redisUrl);
  const polymint = createApp({
    database: backing.database,
    clock,
    log,
    identity: { issuer, tlsUrl },
    secrets: backing,
    contracts,
    tokens,
    edge: { ...edgeConfig, peerOf },
    limits: { limits: config.limits, counts: shared?.counts },
    otpSender: otpSenderOf(config, options),
    observer: watching.observer,
  });
  const edge = edgeOf(config, log, watching.observer);
  const drain = makeDrain(edge.connections);
  const servers = serversOf(polymint.app, config, edge, drain);
  const letGo = closing([watching, shared, backing]);
  await polymint.warmed.catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  const flushing = setInterval(() => log.flush(), flushMs);
  backing.onLost((reason) => log.error({ detail: reason }, "the embedded database is gone"));
  let isDraining = false;

  return {
    take: (socket, door) => void servers[door]?.emit("connection", socket),
    resumeWith: (keys) => {
      for (const server of servers) if (server instanceof HttpsServer) server.setTicketKeys(keys);
    },
    beginDrain: () => {
      isDraining = true;
      log.info("draining");
      polymint.beginDrain();
      drain.start();
    },
    finish: async () => {
      await drain.finish(config.drainSeconds * 1000);
      await polymint.drained();
      await letGo();
      clearInterval(flushing);
      // Whoever never got to serve has nothing to tell.
      if (isDraining) log.info("stopped");
      log.flush();
    },
  };
}

/** Closes what there is, one after the other. */
function closing(all: readonly ({ close(): Promise<void> | void } | undefined)[]): () => Promise<void> {
  return async () => {
    for (const each of all) await each?.close();
  };
}

/** Only in a demonstration, which nobody depends on, are one-time passwords printed for all to see. */
function otpSenderOf({ otpWebhookUrl }: Config, { demo }: { demo: boolean }): OtpSender | undefined {
  if (otpWebhookUrl !== undefined) return makeOtpWebhook(otpWebhookUrl);
  return demo ? makeOtpPrinter((line) => void process.stdout.write(`${line}\n`)) : undefined;
}

/** What comes in floods is counted, and has a line only for who looks for it. */
function edgeOf({ databasePool }: Config, log: Logger, watch: Observer | undefined): HttpServerPorts {
  const onFault: Observer["onProtocolError"] = (status) => log.debug({ status }, "broken request");
  const onCutOff: Observer["onCutOff"] = (reason) => log.debug({ reason }, "connection cut off");
  const all = combineObservers([watch ?? {}, { onProtocolError: onFault, onCutOff }]);
  return {
    connections: makeConnections({ maxConnections: computeConnectionLimit(databasePool), onCutOff: all.onCutOff }),
    onProtocolError: all.onProtocolError,
  };
}

/** One per door, in their order. */
function serversOf(app: Express, { tls, clientCa }: Config, edge: HttpServerPorts, drain: Drain): AnyServer[] {
  const plain = makeServer(app, edge);
  const servers = tls === undefined ? [plain] : [plain, makeTlsServer(app, { ...tls, clientCa }, edge)];
  for (const server of servers) {
    drain.track(server);
    // Node begins to watch how long requests take when a server listens. Ours do not: the doors do.
    server.emit("listening");
  }
  return servers;
}
