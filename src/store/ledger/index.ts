import type { Ledger } from "../../engine/ports/ledger";
import { type BatchWriterPorts, makeBatchWriter } from "./batch-writer";
import { makeRedeem, type RedeemPorts } from "./redeem";

export interface LedgerPorts extends BatchWriterPorts, RedeemPorts {}

/** The ledger of a server. Tokens that spend at most an assertion share statements; every other has a transaction of its own. */
export function makeLedger(ports: LedgerPorts): Ledger {
  const writer = makeBatchWriter(ports);
  const redeem = makeRedeem(ports);
  return {
    record(entry, spends = {}, caller) {
      const [assertion, ...others] = spends.assertions ?? [];
      const sharesStatement = spends.redemption === undefined && others.length === 0;
      return sharesStatement ? writer.write(entry, assertion, caller) : redeem(entry, spends, caller);
    },
    drain: () => writer.drain(),
  };
}
