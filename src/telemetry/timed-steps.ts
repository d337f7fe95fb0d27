import type { Authenticate } from "../engine/authenticate";
import type { Decide } from "../engine/decide";
import type { Mint } from "../engine/mint";
import type { Ledger } from "../engine/ports/ledger";
import type { Timed } from "./observer";

/** What a token request goes through, in this order. */
export interface Steps {
  authenticate: Authenticate;
  decide: Decide;
  mint: Mint;
  ledger: Ledger;
}

/** @returns the steps themselves where nobody times them */
export function timedSteps(steps: Steps, timed: Timed | undefined): Steps {
  if (timed === undefined) return steps;
  const { authenticate, decide, mint, ledger } = steps;
  return {
    authenticate: timed("authenticate", authenticate),
    decide: timed("decide", decide),
    mint: timed("mint", mint),
    ledger: {
      ...ledger,
      record: timed("record", (entry, spends, caller) => ledger.record(entry, spends, caller)),
    },
  };
}
