import type { Express } from "express";
import { createApp } from "../app";
import { openBacking } from "../backing";
import { makePeerOf } from "../certificates/peer-of";
import { type Config, longestTokenSeconds } from "../config";
import { makeConnections } from "../connections";
import type { OtpSender } from "../engine/otp-ports";
import type { Clock } from "../engine/types";
import { openSharedCounts } from "../limits/redis-counts";
import { makeLog } from "../log";
import type { ProcessMetrics } from "../metrics/process-metrics";
import { type AnyServer, close, listen, makeServer, makeTlsServer } from "../server";
import { mostConnections } from "./descriptors";
import { makeOtpPrinter, makeOtpWebhook } from "../services/step-up/otp-senders";
import { directPeer } from "../spec/peer";
import { openWatching } from "./watching";

/** How often buffered log lines are written out, in milliseconds. */
const flushMs = 250;

/**
 * Serves requests in this process.
 * @returns stops in order: not ready, accept nothing more, finish what is in progress, write the ledger, let go of the database
 */
export async function work(
  config: Config,
  options: { demo: boolean },
  clock: Clock,
  metrics: ProcessMetrics | undefined,
): Promise<() => Promise<void>> {
  const log = makeLog(config.logLevel);
  const backing = await openBacking(config, options);
  const { issuer, tls, tlsUrl, clientCa, trustedProxies, dialects, algorithms, maxInFlight, refreshGraceSeconds } = config;
  const peerOf = tls === undefined && trustedProxies.length === 0 ? directPeer : makePeerOf({ clientCa, trustedProxies, clock });
  const watching = await openWatching(config, { database: backing.database, peerOf, clock, log, metrics });
  const shared = await openSharedCounts(config.redisUrl);
  const polymint = createApp({
    ...backing,
    limits: config.limits,
    counts: shared?.counts,
    opensAt: config.opensAt,
    issuer,
    tlsUrl,
    peerOf,
    watch: watching.watch,
    clock,
    log,
    dialects,
    algorithms,
    longestTokenSeconds,
    requestWaitMs: config.databaseRequestWaitMs,
    maxInFlight,
    refreshGraceSeconds,
    otpSender: otpSenderOf(config, options),
  });
  const listeners = listenersOf(polymint.app, config);
  try {
    await polymint.warmed;
    for (const { server, port } of listeners) await listen(server, config.host, port);
  } catch (error) {
    await Promise.all(listeners.map(({ server }) => close(server, 0)));
    await watching.close();
    shared?.close();
    await backing.close();
    throw error;
  }
  const flushing = setInterval(() => log.flush(), flushMs);
  backing.onLost((reason) => log.error({ detail: reason }, "the embedded database is gone"));

  return async () => {
    log.info("draining");
    polymint.beginDrain();
    await Promise.all(listeners.map(({ server }) => close(server, config.drainSeconds * 1000)));
    await polymint.drained();
    await watching.close();
    shared?.close();
    await backing.close();
    clearInterval(flushing);
    log.info("stopped");
    log.flush();
  };
}

/** Only in a demonstration, which nobody depends on, are one-time passwords printed for all to see. */
function otpSenderOf({ otpWebhookUrl }: Config, { demo }: { demo: boolean }): OtpSender | undefined {
  if (otpWebhookUrl !== undefined) return makeOtpWebhook(otpWebhookUrl);
  return demo ? makeOtpPrinter((line) => void process.stdout.write(`${line}\n`)) : undefined;
}

function listenersOf(app: Express, { port, tls, clientCa, databasePool }: Config): { server: AnyServer; port: number }[] {
  const connections = makeConnections(mostConnections(databasePool));
  const plain = { server: makeServer(app, connections), port };
  return tls === undefined ? [plain] : [plain, { server: makeTlsServer(app, { ...tls, clientCa }, connections), port: tls.port }];
}
