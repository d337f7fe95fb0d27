import type { Authenticate } from "../engine/authenticate";
import type { Decide } from "../engine/decide";
import type { Mint } from "../engine/mint";
import type { Ledger } from "../engine/ports/ledger";
import type { TimeStep } from "./observer";

/** The steps of a token request, in their order. */
export interface RequestSteps {
  authenticate: Authenticate;
  decide: Decide;
  mint: Mint;
  ledger: Ledger;
}

/** Makes an observer time each step. @returns the steps themselves if no observer times them */
export function timeSteps(steps: RequestSteps, timeStep: TimeStep | undefined): RequestSteps {
  if (timeStep === undefined) return steps;
  const { authenticate, decide, mint, ledger } = steps;
  return {
    authenticate: timeStep("authenticate", authenticate),
    decide: timeStep("decide", decide),
    mint: timeStep("mint", mint),
    ledger: {
      ...ledger,
      record: timeStep("record", (entry, spends, caller) => ledger.record(entry, spends, caller)),
    },
  };
}
