import { createApp } from "../app";
import { openBacking } from "../backing";
import { type Config, longestTokenSeconds } from "../config";
import type { Clock } from "../engine/types";
import { makeLog } from "../log";
import { close, listen, makeServer } from "../server";

/** How often buffered log lines are written out, in milliseconds. */
const flushMs = 250;

/**
 * Serves requests in this process.
 * @returns stops in order: not ready, accept nothing more, finish what is in progress, write the ledger, let go of the database
 */
export async function work(config: Config, options: { demo: boolean }, clock: Clock): Promise<() => Promise<void>> {
  const log = makeLog(config.logLevel);
  const backing = await openBacking(config, options);
  const { issuer, dialects, algorithms, maxInFlight } = config;
  const polymint = createApp({ ...backing, issuer, clock, log, dialects, algorithms, longestTokenSeconds, maxInFlight });
  const server = makeServer(polymint.app);
  try {
    await polymint.warmed;
    await listen(server, config.host, config.port);
  } catch (error) {
    await backing.close();
    throw error;
  }
  const flushing = setInterval(() => log.flush(), flushMs);
  backing.onLost((reason) => log.error({ detail: reason }, "the embedded database is gone"));

  return async () => {
    log.info("draining");
    polymint.beginDrain();
    await close(server, config.drainSeconds * 1000);
    await polymint.drained();
    await backing.close();
    clearInterval(flushing);
    log.info("stopped");
    log.flush();
  };
}
