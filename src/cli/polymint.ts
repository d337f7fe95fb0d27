#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { addAssertion } from "./assertion";
import { addAudit } from "./audit";
import { addAuthorizationCode } from "./authorization-code";
import { addClient } from "./client";
import { addCodegen } from "./codegen";
import { addContract } from "./contract";
import { addConsent } from "./consent";
import { addDelegatedClient } from "./delegated-client";
import { addExamples, formatExitCodes, writeFailure } from "./output";
import { addIdentity } from "./identity";
import { addKey } from "./key";
import { addMigrate } from "./migrate";
import { addOneTimeToken } from "./one-time-token";
import { addPerson } from "./person";
import { addSession } from "./session-list";
import { addProgramme } from "./programme";
import { addServe } from "./serve";
import { addToken } from "./token";
import { addUser } from "./user";

/** Milliseconds that a failed command gets to close its connections. */
const closeTimeoutMs = 3_000;

function makeProgram(): Command {
  const program = new Command("polymint");
  const writeErr = (text: string): void => {
    if (!wantsJson(program)) process.stderr.write(text);
  };
  program
    .description(
      "A token server that speaks the token-endpoint contracts of many vendors. Commands work beside a running server, on the database it uses.",
    )
    .option("--json", 'print JSON; errors too, as {"error":{code,message}} on standard error')
    .configureHelp({ showGlobalOptions: true })
    // `writeFailure` prints errors in place of commander.
    .configureOutput({ outputError: () => undefined, writeErr })
    .exitOverride()
    .addHelpText("afterAll", formatExitCodes);
  const adders = [
    addServe,
    addMigrate,
    addContract,
    addClient,
    addProgramme,
    addIdentity,
    addUser,
    addDelegatedClient,
    addOneTimeToken,
    addPerson,
    addConsent,
    addSession,
    addToken,
    addKey,
    addAssertion,
    addAuthorizationCode,
    addAudit,
    addCodegen,
  ];
  for (const add of adders) add(program);
  return addExamples(program, "serve --demo", "client create --contract abbeycross", "token list --active --json", "help client create");
}

/** Known even if parsing failed: commander reads the program's own options first, wherever they stand. */
function wantsJson(program: Command): boolean {
  return program.opts<{ json?: boolean }>().json === true;
}

/** @returns whether the "error" only says that commander printed the help that the person asked for */
function isHelp(thrown: unknown): boolean {
  return thrown instanceof CommanderError && thrown.exitCode === 0;
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
