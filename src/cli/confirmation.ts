import { CommandFailure } from "./errors";
import { ask, hasTerminal } from "./terminal";

/** @throws CommandFailure if nobody is there to be asked, so that nothing is opened for nothing */
export function mustBeAskable(yes: boolean, what: string, deed = "delete"): void {
  if (!yes && !hasTerminal()) throw new CommandFailure("usage", `there is no terminal to ask on; add --yes to ${deed} the ${what}`);
}

/** @throws CommandFailure unless the answer is yes */
export async function mustBeMeant(question: string): Promise<void> {
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure("cancelled", "nothing was changed");
}
