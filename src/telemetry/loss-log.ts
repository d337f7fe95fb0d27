import type { Logger } from "pino";
import type { AnsweredToken } from "../store/ledger/answered-tokens";

/** Says that the database has lost tokens: how many, of which contracts, and when they were issued. No id and no client is written. */
export function logLostTokens(log: Logger, tokens: readonly AnsweredToken[]): void {
  const times = tokens.map(({ issuedAt }) => issuedAt);
  const contracts = [...new Set(tokens.map(({ contract }) => contract))].sort();
  log.error(
    {
      tokens: tokens.length,
      contracts,
      firstIssuedAt: new Date(Math.min(...times) * 1000).toISOString(),
      lastIssuedAt: new Date(Math.max(...times) * 1000).toISOString(),
    },
    "The database has lost tokens that were answered. This server is not ready until an operator runs `polymint ledger acknowledge`.",
  );
}

/** Says that a search found everything. */
export function logKeptTokens(log: Logger, tokens: number): void {
  log.info(
    { tokens },
    "Connections to the database were lost, or it was replaced. The tokens that were answered last are all in the ledger.",
  );
}

/** Says that a replaced database may go unnoticed. */
export function logBlindWatch(log: Logger, reason: string): void {
  log.warn(
    { detail: reason },
    "The database does not tell whether it was replaced. Lost tokens are looked for only after a lost connection. This is said once.",
  );
}

/** @param why commits do not wait for a standby; undefined if they do again */
export function logSynchronous(log: Logger, why: string | undefined): void {
  if (why === undefined) log.info("Commits wait for a standby again.");
  else log.error({ detail: why }, "Commits do not wait for a standby, and DATABASE_REQUIRE_SYNC is set. This server is not ready.");
}
