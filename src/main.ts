import cluster from "node:cluster";
import { wiring } from "../generated/wiring";
import { type Config, readConfig } from "./config";
import { lead } from "./process/leader";
import { obeyLeader } from "./process/follow-leader";
import { failedStart } from "./process/messages";
import { openProcessMetrics } from "./telemetry";
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
  if (cluster.isWorker) return serveUnderLeader(config, options);
  const starting = lead(config, options, Date.now);
  stopOnSignal(starting, config);
  await starting;
}

const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** From the first moment: a signal that comes while we are starting is obeyed when we are up. */
function stopOnSignal(starting: Promise<(acceptMs: number) => Promise<void>>, { drainAcceptMs, drainSeconds }: Config): void {
  let stopping = false;
  const begin = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    // Somebody sits before it and waits; nobody takes a server out of service by Ctrl-C.
    const acceptMs = signal === "SIGINT" ? 0 : drainAcceptMs;
    const late = setTimeout(() => process.exit(1), acceptMs + (drainSeconds + 10) * 1000);
    late.unref();
    starting.then(
      (stop) => exitAfter(stop(acceptMs)),
      () => undefined, // whoever called `serve` says why
    );
  };
  for (const signal of stopSignals) process.on(signal, begin);
}

/**
 * A worker. It ends when its leader says so: a signal that reached them both, as Ctrl-C does, must not make it go before the
 * leader has ceased to hand connections over. One that does not come up tells its leader why, once; the leader tells whoever
 * started the server.
 */
async function serveUnderLeader(config: Config, options: ServeOptions): Promise<void> {
  for (const signal of stopSignals) process.on(signal, () => undefined);
  try {
    const worker = await work(config, options, Date.now, await openProcessMetrics(config));
    obeyLeader(worker, exitAfter);
  } catch (error) {
    await new Promise((resolve) => process.send?.(failedStart(error), resolve));
    process.exit(1);
  }
}

function exitAfter(ending: Promise<void>): void {
  ending.then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
