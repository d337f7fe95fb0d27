import type { Command } from "commander";
import { findChoices } from "./options";

/** What may stand for a value: one of these words, a file, or anything. */
export type Values = readonly string[] | "files" | "any";

interface CompletedWord {
  word: string;
  description: string;
}

/** A command, as a shell completes it. */
export interface CompletedCommand {
  /** The words after `polymint`; empty for the program itself. */
  place: string;
  commands: readonly CompletedWord[];
  options: readonly (CompletedWord & { /** Undefined for an option without a value. */ values?: Values })[];
  /** What its arguments may be. */
  values: Values;
}

/** @param contracts the names that `<contract>` stands for */
export function describeCommands(program: Command, contracts: readonly string[]): CompletedCommand[] {
  const globals = program.options;
  const describe = (command: Command, place: string): CompletedCommand[] => {
    const options = [...new Set([...command.options, ...globals])].map(({ long, flags, description, parseArg, required, optional }) => {
      const values = required || optional ? { values: findValues(flags.slice(flags.search(/[<[]/) + 1, -1), parseArg, contracts) } : {};
      return { word: long ?? flags, description, ...values };
    });
    const [argument] = command.registeredArguments;
    const own: CompletedCommand = {
      place,
      commands: command.commands.map((each) => ({ word: each.name(), description: each.description() })),
      options: [...options, { word: "--help", description: "display help for command" }],
      values: argument === undefined ? [] : findValues(argument.name(), argument.parseArg, contracts),
    };
    return [own, ...command.commands.flatMap((each) => describe(each, `${place} ${each.name()}`.trim()))];
  };
  return describe(program, "");
}

/** @param name what stands between the brackets of an option or an argument */
function findValues(name: string, parse: unknown, contracts: readonly string[]): Values {
  if (name === "contract") return contracts;
  return findChoices(parse) ?? (/^(?:files?|folder|dir|source)\b/.test(name) ? "files" : "any");
}
