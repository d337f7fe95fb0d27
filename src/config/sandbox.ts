import { parseConnectionString } from "../store/database/connection-string";
import { ConfigurationError, type Reader, type Setting } from "./reader";

/** Where the sandbox may run. */
export interface SandboxConfig {
  /** The name of the database at DATABASE_URL, said once more; undefined where it was not said. */
  sandboxDatabase: string | undefined;
}

export const sandboxSettings: readonly Setting[] = [
  {
    name: "SANDBOX_DATABASE",
    fallback: "none",
    meaning:
      "with DATABASE_URL, the name of that database once more: it is one for tests, so `--sandbox` and `--demo` may have the sandbox on it",
  },
];

export function readSandbox(read: Reader): SandboxConfig {
  return { sandboxDatabase: read.text("SANDBOX_DATABASE") };
}

/** Whether a server has the sandbox. */
export interface SandboxChoice {
  on: boolean;
  /** Why it is off although a demonstration has it elsewhere, for the person who started the server. */
  note?: string;
}

/**
 * Decides whether a server has the sandbox. With it, every caller can have requests refused, so on a database that the server did not
 * start itself it takes two words: the flag, and the name of the database.
 * @throws ConfigurationError if it was asked for and is not allowed, or the server only reads
 */
export function chooseSandbox(
  { sandbox, demo }: { sandbox: boolean; demo: boolean },
  { databaseUrl, sandboxDatabase, serve }: SandboxConfig & { databaseUrl: string | undefined; serve?: "all" | "read" },
): SandboxChoice {
  if (!sandbox && !demo) return { on: false };
  if (serve === "read") throw new ConfigurationError(["SERVE=read goes with neither --demo nor --sandbox, which write to the database"]);
  if (databaseUrl === undefined) return { on: true };
  const name = readDatabaseName(databaseUrl);
  if (name !== undefined && sandboxDatabase === name) return { on: true };
  const fault = describeFault(name, sandboxDatabase);
  if (sandbox || sandboxDatabase !== undefined) throw new ConfigurationError([fault]);
  return { on: false, note: `This demonstration has no sandbox: ${fault}.` };
}

function describeFault(name: string | undefined, said: string | undefined): string {
  if (name === undefined)
    return "for the sandbox, DATABASE_URL must end in the name of the database, and SANDBOX_DATABASE must be that name";
  if (said !== undefined) return `SANDBOX_DATABASE must be ${name}, the name of the database at DATABASE_URL`;
  return `every caller of a server with the sandbox can have requests refused; if ${name} is a database for tests, set SANDBOX_DATABASE=${name}`;
}

/** @returns undefined where the driver would take the user's name */
function readDatabaseName(databaseUrl: string): string | undefined {
  try {
    const { database } = parseConnectionString(databaseUrl).parameters;
    return typeof database === "string" ? database : undefined;
  } catch {
    return undefined;
  }
}
