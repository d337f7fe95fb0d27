import { CommandError } from "./errors";
import { askQuestion, hasTerminal } from "./terminal";

/** @throws CommandError if nobody is there to be asked, so that nothing is opened for nothing */
export function requireTerminal(yes: boolean, what: string, deed = "delete"): void {
  if (!yes && !hasTerminal()) throw new CommandError("usage", `there is no terminal to ask on; add --yes to ${deed} the ${what}`);
}

/** @throws CommandError unless the answer is yes */
export async function requireConfirmation(question: string): Promise<void> {
  const answer = await askQuestion(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("cancelled", "nothing was changed");
}
