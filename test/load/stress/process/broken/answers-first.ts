import { setTimeout as sleep } from "node:timers/promises";
import { type AppOptions, createApp } from "../../../../../src/app";
import type { Ledger } from "../../../../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../../../../src/store/ledger";
import { replaceExports } from "./replace-in";

/** Milliseconds; long enough that somebody was answered in the last of them. */
const laterMs = 250;

/** What the ledger must not be: it answers first and writes later. Whoever would have to be told of a failure has their token already. */
function makeHastyLedger(ports: LedgerPorts): Ledger {
  const ledger = makeLedger(ports);
  const write = (...row: Parameters<Ledger["record"]>): void => void ledger.record(...row).catch(() => undefined);
  return {
    ...ledger,
    record: async (...row) => {
      setTimeout(write, laterMs, ...row);
      return "recorded";
    },
    // Nothing is lost by a server that ends in good order: it is the kill that a scenario must notice.
    drain: async () => {
      await sleep(2 * laterMs);
      await ledger.drain();
    },
  };
}

replaceExports(require.resolve("../../../../../src/app"), {
  createApp: (options: AppOptions) => createApp({ ...options, testing: { ...options.testing, makeLedger: makeHastyLedger } }),
});
