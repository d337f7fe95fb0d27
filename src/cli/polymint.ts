import { runCommandLine } from "./run";

/** Milliseconds that a failed command gets to close its connections. */
const closeTimeoutMs = 3_000;

async function main(): Promise<void> {
  // The reader of standard output may close it early, as `head` does.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const failed = await runCommandLine(process.argv.slice(2));
  if (failed) setTimeout(() => process.exit(), closeTimeoutMs).unref();
}

void main();
