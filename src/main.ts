import cluster from "node:cluster";
import { chooseSandbox, type Config, pickSettings, readContractsFolder, readServerConfig } from "./config";
import { joinContracts } from "./contracts/registry";
import { loadContracts } from "./contracts-folder";
import { startLeader } from "./process/leader";
import { followLeader } from "./process/follow-leader";
import { describeStartFailure } from "./process/messages";
import { openProcessMetrics } from "./telemetry";
import { type ServeOptions, startWorker } from "./process/worker";

/** What the `serve` command is told. */
export interface ServeFlags {
  /** Seed demo clients for each contract and print a curl for each. */
  demo: boolean;
  /** Let requests ask for their own refusals, and faults be armed. A demonstration does too, where that is allowed. */
  sandbox: boolean;
  /** Folder with contracts beside the built-in ones; comes before the setting. */
  contractsFolder?: string | undefined;
}

/**
 * Runs the server. With one worker, this process is leader and worker; with more, it leads and its child processes serve. Only this
 * file uses the system's clock and ends the process.
 * @throws ConfigurationError, Unavailable, or another error that keeps the server from starting
 */
export async function serve({ demo, sandbox: asked, contractsFolder }: ServeFlags): Promise<void> {
  // A worker gets the leader's command line and environment, and so loads the same contracts.
  const folder = readContractsFolder(process.env, contractsFolder);
  const warn = (warning: string): void => void process.stderr.write(`${warning}\n`);
  const wiring = loadContracts(folder, cluster.isPrimary ? warn : undefined);
  const config = readServerConfig(process.env, joinContracts(wiring));
  const sandbox = chooseSandbox({ demo, sandbox: asked }, config);
  // Standard error is the log, a line of JSON each.
  if (cluster.isPrimary && sandbox.note !== undefined) process.stdout.write(`${sandbox.note}\n`);
  const environment = { ...pickSettings(process.env), ...(folder !== undefined && { CONTRACTS_FOLDER: folder }) };
  const options = { demo, sandbox: sandbox.on, wiring, demoSettings: { workingFolder: process.cwd(), environment } };
  if (cluster.isWorker) return serveForLeader(config, options);
  const starting = startLeader(config, options, Date.now);
  stopOnSignal(starting, config);
  await starting;
}

const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Listens for signals from the beginning: one that comes during the start stops the server as soon as it has started. */
function stopOnSignal(starting: Promise<(acceptMs: number) => Promise<void>>, { drainAcceptMs, drainSeconds }: Config): void {
  let isStopping = false;
  const stopServer = (signal: NodeJS.Signals): void => {
    if (isStopping) return;
    isStopping = true;
    // Ctrl-C: a person waits at the terminal, and no load balancer needs time to notice that this server stops.
    const acceptMs = signal === "SIGINT" ? 0 : drainAcceptMs;
    const timer = setTimeout(() => process.exit(1), acceptMs + (drainSeconds + 10) * 1000);
    timer.unref();
    starting.then(
      (stop) => exitAfter(stop(acceptMs)),
      () => undefined, // the caller of `serve` gets the error
    );
  };
  for (const signal of stopSignals) process.on(signal, stopServer);
}

/**
 * Runs a worker process. It ignores signals and ends when its leader says so: Ctrl-C reaches both, and the worker must go on until
 * the leader sends no more connections. A worker that cannot start sends the reason to the leader, which reports it.
 */
async function serveForLeader(config: Config, options: ServeOptions): Promise<void> {
  for (const signal of stopSignals) process.on(signal, () => undefined);
  try {
    const worker = await startWorker(config, options, Date.now, await openProcessMetrics(config));
    followLeader(worker, exitAfter);
  } catch (error) {
    await new Promise((resolve) => process.send?.(describeStartFailure(error), resolve));
    process.exit(1);
  }
}

function exitAfter(work: Promise<void>): void {
  work.then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
