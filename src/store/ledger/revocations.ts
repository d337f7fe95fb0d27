import { mustStillWait } from "../../engine/caller";
import type { Revocable, Revocations } from "../../engine/ports/ledger";
import { makeAssertions } from "./assertions";
import type { Database } from "../database";
import { makeLedgerReader } from "./reader";
import { runInTransaction } from "../database/single-transaction";
import { makeTokenFamilies } from "./token-families";

export function makeRevocations(database: Database): Revocations {
  return {
    async revoke(what, at, spends, caller) {
      if (spends !== undefined)
        return runInTransaction(database, false, async (within) => {
          if (!(await makeAssertions(within).spend(spends))) return "replayed";
          await revoke(within, what, at);
          mustStillWait(caller);
          return "revoked";
        });
      await revoke(database, what, at);
      return "revoked";
    },
  };
}

async function revoke(database: Database, what: Revocable | undefined, at: number): Promise<void> {
  if (what === undefined) return;
  if ("jti" in what) await makeLedgerReader(database).revoke(what.jti, what.expiresAt, at);
  else await makeTokenFamilies(database).revoke(what.family, at);
}
