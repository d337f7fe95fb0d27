import { formatInstallation } from "../contract-writer/tools";
import { CommandError } from "./errors";

/**
 * Does work of development. Import the code for it inside of the work, so that no other command needs its packages.
 * @throws CommandError saying what to install, if a package is missing
 */
export async function runDevelopment<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const missing = findMissingPackage(error);
    if (missing === undefined) throw error;
    throw new CommandError(
      "failed",
      `the package ${missing} is not installed; a server does not need it, but this command does. Run \`${formatInstallation()}\``,
      error,
    );
  }
}

function findMissingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (error.code !== "MODULE_NOT_FOUND" && error.code !== "ERR_MODULE_NOT_FOUND") return undefined;
  return /^Cannot find (?:module|package) '([^'./][^']*)'/.exec(error.message)?.[1];
}
