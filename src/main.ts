import cluster from "node:cluster";
import { wiring } from "../generated/wiring";
import { type Config, readConfig } from "./config";
import { lead } from "./process/leader";
import { failedStart, ready } from "./process/worker-messages";
import { openProcessMetrics } from "./process/watching";
import { work } from "./process/worker";

/** How the process is run. */
export interface ServeOptions {
  /** Seed a demo client per contract and print a curl for each. */
  demo: boolean;
}

/**
 * The process: with one worker it leads and serves by itself, with more it leads and the workers serve. This is the only
 * place with a clock and an exit.
 * @throws ConfigurationError and whatever keeps the server from starting
 */
export async function serve(options: ServeOptions): Promise<void> {
  const config = readConfig(
    process.env,
    wiring.map(({ name }) => name),
  );
  const starting = cluster.isPrimary ? lead(config, options, Date.now) : asWorker(config, options);
  stopOnSignal(starting, config);
  await starting;
}

/** A worker that does not come up tells its leader why, once; the leader tells whoever started the server. */
async function asWorker(config: Config, options: ServeOptions): Promise<() => Promise<void>> {
  try {
    const stop = await work(config, options, Date.now, await openProcessMetrics(config));
    process.send?.(ready);
    return stop;
  } catch (error) {
    await new Promise((resolve) => process.send?.(failedStart(error), resolve));
    process.exit(1);
  }
}

/** From the first moment: a signal that comes while we are starting is obeyed when we are up. */
function stopOnSignal(starting: Promise<() => Promise<void>>, config: Config): void {
  let stopping = false;
  const begin = (): void => {
    if (stopping) return;
    stopping = true;
    const late = setTimeout(() => process.exit(1), (config.drainSeconds + 10) * 1000);
    late.unref();
    starting.then(
      (stop) =>
        stop().then(
          () => process.exit(0),
          () => process.exit(1),
        ),
      () => undefined, // whoever called `serve` says why
    );
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, begin);
  process.on("message", (message) => {
    if (message === "stop") begin();
  });
}
