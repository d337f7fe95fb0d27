import { CommanderError } from "commander";
import { writeFailure } from "./output";
import { makeProgram, versionCode, wantsJson } from "./program";

/** Milliseconds that a failed command gets to close its connections. */
const closeTimeoutMs = 3_000;

/** @returns whether the "error" only says that commander printed the help that the person asked for */
function isHelp(thrown: unknown): boolean {
  return thrown instanceof CommanderError && thrown.exitCode === 0;
}

/** @returns whether the "error" only says that the person asked for the version. It may stand before `--json`, which is then not parsed. */
function isVersion(thrown: unknown): boolean {
  return thrown instanceof CommanderError && thrown.code === versionCode;
}

/** @returns whether no command was given: commander has printed the help in place of an error */
function isMissingCommand(thrown: unknown): boolean {
  return thrown instanceof CommanderError && thrown.code === "commander.help";
}

async function main(): Promise<void> {
  // The reader of standard output may close it early, as `head` does.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const program = makeProgram();
  try {
    await program.parseAsync();
  } catch (thrown) {
    if (isVersion(thrown)) return (await import("./version.js")).printVersion(process.argv.includes("--json"));
    if (isHelp(thrown)) return;
    reportFailure(thrown, wantsJson(program));
  }
}

function reportFailure(thrown: unknown, asJson: boolean): void {
  if (isMissingCommand(thrown)) {
    if (asJson) writeFailure(new CommanderError(2, "commander.help", "name a command"), true);
    process.exitCode = 2;
    return;
  }
  process.exitCode = writeFailure(thrown, asJson).exit;
  setTimeout(() => process.exit(), closeTimeoutMs).unref();
}

void main();
