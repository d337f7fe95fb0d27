import type { Ledger } from "../../engine/ports/ledger";
import { type BatchWriterPorts, makeBatchWriter } from "./batch-writer";
import { makeRedeem, type RedeemPorts } from "./redeem";

export interface LedgerPorts extends BatchWriterPorts, RedeemPorts {}

/** The ledger of a server: tokens that spend at most an assertion share statements, every other has a transaction of its own. */
export function makeLedger(ports: LedgerPorts): Ledger {
  return { ...makeBatchWriter(ports), redeem: makeRedeem(ports) };
}
