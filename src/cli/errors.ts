import { CommanderError } from "commander";
import { ConfigurationError } from "../config/reader";
import { Unavailable } from "../engine/refusal";
import { UnsafeFileError } from "../data-folder/files";
import { SharedFolderError } from "../data-folder/shared-folder";
import { UnusableFolderError } from "../embedded-postgres/folder";
import { RegistrationError } from "../registration/registration";
import { UnfitFaultError } from "../sandbox/fault";
import { UnfitPasswordError } from "../secrets/password-rules";
import { UnknownPoolerError } from "../store/database/availability";
import { ConflictError, NotFoundError, readSqlState } from "../store/database/errors";
import { TlsFault } from "../store/database/tls";

/** The meaning of each exit code; the help shows this list. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: "done",
  1: "failed, or not confirmed, or migrations are pending, or no server is ready",
  2: "wrong usage, or a fault of the configuration, or no database in this folder",
  3: "there is no such thing",
  4: "it exists already, or the change conflicts with what stands",
  5: "the database is unavailable",
};

/** Every way a command can fail, by its name in `--json`, with its exit code. */
const exits = {
  failed: 1,
  cancelled: 1,
  migrations_pending: 1,
  usage: 2,
  no_database: 2,
  configuration: 2,
  unfit_registration: 2,
  unfit_password: 2,
  not_found: 3,
  conflict: 4,
  database_unavailable: 5,
} as const;

export type FailureCode = keyof typeof exits;

/** A failure that the command line itself found. The message says what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    readonly code: FailureCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** A failure as the command prints it, for people or as JSON. */
export interface Failure {
  code: FailureCode;
  message: string;
  exit: number;
}

/** @returns what went wrong, as sentences with a next step */
export function describeFailure(thrown: unknown): Failure {
  const [code, message] = classifyFailure(thrown);
  return { code, message: formatSentence(message), exit: exits[code] };
}

function classifyFailure(thrown: unknown): [FailureCode, string] {
  if (thrown instanceof CommandError) return [thrown.code, thrown.message];
  if (thrown instanceof CommanderError)
    return ["usage", `${thrown.message.replace(/^error: /, "")}\nAdd --help to see how the command is used`];
  if (thrown instanceof ConfigurationError) return ["configuration", `${thrown.message}\n\`polymint serve --help\` lists the settings`];
  if (thrown instanceof SharedFolderError || thrown instanceof UnsafeFileError) return ["configuration", thrown.message];
  if (thrown instanceof UnusableFolderError) return ["configuration", `${thrown.message} POLYMINT_DATA chooses the folder`];
  if (thrown instanceof UnfitFaultError) return ["usage", thrown.message];
  if (thrown instanceof RegistrationError) return ["unfit_registration", formatFaults(thrown)];
  if (thrown instanceof UnfitPasswordError) return ["unfit_password", thrown.message];
  if (thrown instanceof NotFoundError) return ["not_found", addHint(thrown.message, notFoundHints)];
  if (thrown instanceof ConflictError) return ["conflict", addHint(thrown.message, conflictHints)];
  // It says itself what to do.
  if (thrown instanceof Unavailable && thrown.cause instanceof TlsFault) return ["database_unavailable", thrown.message];
  if (thrown instanceof UnknownPoolerError) return ["configuration", thrown.message];
  if (thrown instanceof Unavailable) return ["database_unavailable", `${thrown.message}. ${findCure(thrown)}`];
  return thrown instanceof Error ? classifySystemError(thrown) : ["failed", String(thrown)];
}

/** A database that refuses this user, or does not have this database (SQLSTATE class 28, and 3D000), does run. */
function findCure(thrown: Unavailable): string {
  return /^(?:28|3D)/.test(readSqlState(thrown) ?? "")
    ? "Check the user, the password and the name of the database in DATABASE_URL"
    : "Make sure that it runs and that DATABASE_URL leads to it, then try again";
}

/** Classifies errors that Node, the driver or PostgreSQL identify by a code. */
function classifySystemError(error: Error): [FailureCode, string] {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // knex puts the statement and " - " before the message of PostgreSQL.
  const databaseMessage = error.message.split(" - ").at(-1) ?? "";
  if (code === "42501")
    return ["configuration", `the database refuses access: ${databaseMessage}. Check DATABASE_URL and the rights of its user`];
  if (code === "EADDRINUSE")
    return [
      "failed",
      `${error.message}. Another process uses this port: stop it, or choose another one with PORT, TLS_PORT or METRICS_PORT`,
    ];
  if (/^[0-9A-Z]{5}$/.test(code) && !/^E/.test(code)) return ["failed", `the database said: ${databaseMessage} (SQLSTATE ${code})`];
  return ["failed", error.message];
}

const notFoundHints: readonly [RegExp, string][] = [
  [/no delegated client/, "`polymint delegated-client list` shows which there are"],
  [/no (client|programme)/, "`polymint client list` shows which there are"],
  [/no person/, "`polymint person list` shows which there are"],
  [/no family|no such family/, "`polymint token show` says the family of a token"],
  [/no token/, "`polymint token list` shows which there are"],
  [/no key /, "`polymint key list` shows which there are"],
  [/no user/, "`polymint user create` makes one and links it to its identities"],
  [/identit/, "`polymint identity create` makes one and prints its id"],
];

const conflictHints: readonly [RegExp, string][] = [
  [/there is a (delegated )?client/, "Choose another --id"],
  [/has a user|is a person/, "Choose another --email"],
];

function addHint(message: string, hints: readonly [RegExp, string][]): string {
  const hint = hints.find(([pattern]) => pattern.test(message))?.[1];
  return hint === undefined ? message : `${message}. ${hint}`;
}

function formatFaults({ faults }: RegistrationError): string {
  if (faults.length === 1) return `this client cannot be registered so: ${faults[0] ?? ""}`;
  return `this client cannot be registered so:\n${faults.map((fault) => `  ${fault}`).join("\n")}`;
}

/** A message may begin with the name of a file or a field, and end with a list: these stay as they are. */
function formatSentence(text: string): string {
  const capital = /^[a-z',-]+:?(?:\s|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  const lastLine = capital.slice(capital.lastIndexOf("\n") + 1);
  return /[.!?…]$|^ /.test(lastLine) ? capital : `${capital}.`;
}
