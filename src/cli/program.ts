import { Command, CommanderError } from "commander";
import { addAssertion } from "./assertion";
import { addAudit } from "./audit";
import { addAuthorizationCode } from "./authorization-code";
import { addClient } from "./client";
import { addCodegen } from "./codegen";
import { addCompletion } from "./completion";
import { addConsent } from "./consent";
import { addContract } from "./contract";
import { addDelegatedClient } from "./delegated-client";
import { addIdentity } from "./identity";
import { addKey } from "./key";
import { addLedger } from "./ledger";
import { addMigrate } from "./migrate";
import { allowNewDatabase, createDatabaseOption } from "./new-database";
import { addOneTimeToken } from "./one-time-token";
import { addExamples, formatExitCodes } from "./output";
import { addPerson } from "./person";
import { addProgramme } from "./programme";
import { addRestore } from "./restore";
import { addSandbox } from "./sandbox";
import { addServe } from "./serve";
import { addSession } from "./session-list";
import { findLineWidth } from "./text-width";
import { addStatus } from "./status";
import { addToken } from "./token";
import { addUser } from "./user";

/** The code of the "error" by which commander's parser is left, once the person asks for the version. */
export const versionCode = "commander.version";

/** The commands, in the order of the help. */
const groups: readonly [string, readonly ((program: Command) => void)[]][] = [
  ["Server:", [addServe, addStatus, addMigrate, addLedger, addRestore, addAudit]],
  ["Contracts:", [addContract]],
  ["Clients:", [addClient, addProgramme, addIdentity, addUser, addDelegatedClient]],
  ["People:", [addPerson, addConsent, addSession]],
  ["Tokens and keys:", [addToken, addKey, addAssertion, addAuthorizationCode, addOneTimeToken]],
  ["Sandbox:", [addSandbox]],
  ["Development:", [addCodegen, addCompletion]],
];

/** @returns every command of `polymint`, as commander parses them */
export function makeProgram(): Command {
  const program = new Command("polymint");
  const writeErr = (text: string): void => {
    if (!wantsJson(program)) process.stderr.write(text);
  };
  program
    .description(
      "A token server that speaks the token-endpoint contracts of many vendors. Commands work beside a running server, on the database it uses.",
    )
    .option("--json", 'print JSON; errors too, as {"error":{code,message}} on standard error')
    .configureHelp({ showGlobalOptions: true, subcommandDescription: describeCommand })
    .option("-V, --version", "print the version; with --json also that of Node, and the newest migration")
    .on("option:version", () => {
      throw new CommanderError(0, versionCode, "");
    })
    .option(createDatabaseOption, "make a new database if there is none, without asking; serve and migrate never ask")
    .on("option:create-database", allowNewDatabase)
    // `writeFailure` prints errors in place of commander.
    .configureOutput({
      outputError: () => undefined,
      writeErr,
      getOutHelpWidth: () => findLineWidth(process.stdout),
      getErrHelpWidth: () => findLineWidth(process.stderr),
    })
    .exitOverride()
    .addHelpText("afterAll", formatExitCodes);
  for (const [heading, adders] of groups) {
    program.commandsGroup(heading);
    for (const add of adders) add(program);
  }
  // Last, so that it stands in the last group.
  program.helpCommand(true);
  return addExamples(program, "serve --demo", "client create --contract abbeycross", "token list --active --json", "help client create");
}

/** @returns what a command does, and the names of those below it */
function describeCommand(command: Command): string {
  const below = command.commands.map((each) => each.name()).join(", ");
  return below === "" ? command.description() : `${command.description()} (${below})`;
}

/** Known even if parsing failed: commander reads the program's own options first, wherever they stand. */
export function wantsJson(program: Command): boolean {
  return program.opts<{ json?: boolean }>().json === true;
}
