import { startLossWatch } from "../store/ledger/loss-watch";
import { logBlindWatch, logKeptTokens, logLostTokens } from "../telemetry/loss-log";
import type { Engine } from "./engine";
import type { AppSettings } from "./options";

/** Starts the watch for lost tokens, which logs and counts what it finds. @returns a function that stops it */
export function watchLedger({ answered }: Engine, { database, clock, log, observer }: AppSettings): () => Promise<void> {
  return startLossWatch({
    ...{ database, answered, clock },
    onKept: (tokens) => logKeptTokens(log, tokens),
    onLost: (tokens) => {
      logLostTokens(log, tokens);
      observer.onTokensLost?.(tokens.length);
    },
    onBlind: (reason) => logBlindWatch(log, reason),
  });
}
