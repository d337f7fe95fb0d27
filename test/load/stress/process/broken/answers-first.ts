/** A flaw: a ledger that answers before the commit. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AppOptions, createApp } from "../../../../../src/app";
import type { Ledger } from "../../../../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../../../../src/store/ledger";
import { replaceExports } from "./replace-in";

/** Milliseconds by which it writes late; long enough that callers are answered meanwhile. */
const laterMs = 250;

/** Answers first and writes later: when the write fails, the caller has the token already. */
function makeHastyLedger(ports: LedgerPorts): Ledger {
  const ledger = makeLedger(ports);
  const write = (...row: Parameters<Ledger["record"]>): void => void ledger.record(...row).catch(() => undefined);
  return {
    ...ledger,
    record: async (...row) => {
      setTimeout(write, laterMs, ...row);
      return "recorded";
    },
    // An orderly stop loses nothing: the scenario must notice the effect of a kill.
    drain: async () => {
      await sleep(2 * laterMs);
      await ledger.drain();
    },
  };
}

replaceExports(require.resolve("../../../../../src/app"), {
  createApp: (options: AppOptions) => createApp({ ...options, testing: { ...options.testing, makeLedger: makeHastyLedger } }),
});
