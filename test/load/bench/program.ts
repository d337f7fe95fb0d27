/** What the programs of the benchmark have in common. */

/** A process or a database that a program has started. */
export interface Stoppable {
  stop(): Promise<void>;
}

/**
 * Runs a program, prints what it returns, and ends the process. Everything that it opened is stopped, the last first, also after
 * an error or a signal.
 * @param readOptions undefined if the usage is asked for
 * @param run is given a list to add to
 */
export function runProgram<Options>(
  usage: string,
  readOptions: (args: readonly string[]) => Options | undefined | Promise<Options | undefined>,
  run: (options: Options, opened: Stoppable[]) => Promise<string>,
): void {
  const main = async (): Promise<string> => {
    const options = await readOptions(process.argv.slice(2));
    if (options === undefined) return usage;
    const opened: Stoppable[] = [];
    try {
      return await Promise.race([run(options, opened), rejectOnInterrupt()]);
    } finally {
      for (const one of opened.reverse()) await one.stop();
    }
  };
  main().then(
    (report) => process.stdout.write(`${report}\n`, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}

function rejectOnInterrupt(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => reject(new Error(`interrupted by ${signal}`)));
  });
}
