import { CommanderError } from "commander";
import { writeFailure } from "./output";
import { makeProgram, versionCode, wantsJson } from "./program";

/**
 * Runs one command line, and writes what comes of it. `process.exitCode` then says how it ended.
 * @param words what follows `polymint`
 * @returns whether it failed
 */
export async function runCommandLine(words: readonly string[]): Promise<boolean> {
  const program = makeProgram();
  try {
    await program.parseAsync(words, { from: "user" });
    return false;
  } catch (thrown) {
    return reportThrown(thrown, words, wantsJson(program));
  }
}

/** Commander also throws to say that it has printed the help or may print the version. */
async function reportThrown(thrown: unknown, words: readonly string[], asJson: boolean): Promise<boolean> {
  const { code, exitCode } = thrown instanceof CommanderError ? thrown : { code: "", exitCode: 1 };
  if (code === versionCode) {
    // It may stand before `--json`, which is then not parsed.
    (await import("./version.js")).printVersion(words.includes("--json"));
    return false;
  }
  if (exitCode === 0) return false;
  const isMissing = code === "commander.help";
  // Without a command, commander has printed the help for people.
  if (isMissing && !asJson) process.exitCode = 2;
  else process.exitCode = writeFailure(isMissing ? new CommanderError(2, code, "name a command") : thrown, asJson).exit;
  return true;
}
