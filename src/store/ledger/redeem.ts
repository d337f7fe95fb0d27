import type { Knex } from "knex";
import { type Caller, mustStillWait } from "../../engine/caller";
import type { LedgerEntry } from "../../engine/ports/ledger";
import type { AssertionUse, Redemption, Spending } from "../../engine/redemption";
import type { Database } from "../database";
import { hasSqlState, sqlState } from "../database/errors";
import { toTimestamp } from "../database/timestamps";
import { spendAuthorizationCode } from "../people/authorization-codes";
import { spendDeviceCode } from "../people/device-codes";
import { addRefreshToken, rotateRefreshToken } from "../people/refresh-tokens";
import { spendOneTimeToken } from "../programmes/one-time-tokens";
import { spendAssertion } from "./assertions";
import { addExchange, isUnrevoked } from "./exchanges";
import { toEpochDay, type Partitions } from "./partitions";
import { writeRow } from "./rows";
import { createFamily, lockFamily } from "./token-families";

/** Rolls the transaction back; never leaves this file. */
class RedemptionRefusedError extends Error {
  constructor(readonly outcome: "spent" | "replayed") {
    super(outcome);
  }
}

/** Spends what a token was asked for with. @returns false if it was spent before */
export type Spend = (transaction: Knex.Transaction, redemption: Redemption, at: Date) => Promise<boolean>;

export interface RedeemPorts {
  database: Database;
  partitions: Partitions;
  /**
   * The default spends with a statement whose row count decides. Tests pass one that looks first and spends afterwards,
   * to show that their races can tell the two apart.
   */
  spend?: Spend | undefined;
}

/**
 * Records a token and spends what it was asked for with, in one transaction: a second request finds it spent, and a
 * failure in the middle leaves everything as it was. Spending comes first because it locks a row: requests that spend
 * the same thing wait for each other there and cannot deadlock later.
 */
export function makeRedeem({ database, partitions, spend = spendOnce }: RedeemPorts) {
  return async function redeem(entry: LedgerEntry, spends: Spending, caller?: Caller): Promise<"recorded" | "replayed" | "spent"> {
    const work = (transaction: Knex.Transaction) => redeemIn(transaction, spend, { entry, spends, caller });
    const day = toEpochDay(entry.expiresAt);
    try {
      await partitions.ensureDay(day);
      await database.transaction(work).catch(async (reason: unknown) => {
        if (!hasSqlState(reason, sqlState.checkViolation)) throw reason;
        // The partition that this process knew is gone: a server whose clock runs ahead, or an operator, has dropped it.
        partitions.forget(day);
        await partitions.ensureDay(day);
        await database.transaction(work);
      });
      return "recorded";
    } catch (thrown) {
      if (thrown instanceof RedemptionRefusedError) return thrown.outcome;
      throw thrown;
    }
  };
}

interface RedeemRequest {
  entry: LedgerEntry;
  spends: Spending;
  caller: Caller | undefined;
}

/** @throws RedemptionRefusedError, and what `mustStillWait` throws */
async function redeemIn(transaction: Knex.Transaction, spend: Spend, request: RedeemRequest): Promise<void> {
  const { entry, spends, caller } = request;
  const { redemption } = spends;
  const at = toTimestamp(entry.issuedAt * 1000);
  if (redemption !== undefined && !(await spend(transaction, redemption, at))) throw new RedemptionRefusedError("spent");
  for (const use of inOrder(spends.assertions ?? []))
    if (!(await spendAssertion(transaction, use))) throw new RedemptionRefusedError("replayed");
  if (redemption !== undefined) await addTokens(transaction, redemption, entry, at);
  await writeRow(transaction, entry);
  if (caller !== undefined) mustStillWait(caller);
}

/** Every request spends its assertions in the same order as the others, so that two of them cannot deadlock. */
function inOrder(uses: readonly AssertionUse[]): AssertionUse[] {
  return [...uses].sort((a, b) => compare(a.clientId, b.clientId) || compare(a.jti, b.jti));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

async function spendOnce(transaction: Knex.Transaction, redemption: Redemption, at: Date): Promise<boolean> {
  switch (redemption.kind) {
    case "authorization_code":
      return spendAuthorizationCode(transaction, redemption.digest, at);
    case "device_code":
      return spendDeviceCode(transaction, redemption.digest, at);
    case "one_time_token":
      return spendOneTimeToken(transaction, redemption.digest, at);
    case "refresh_token":
      // A family rotates one token at a time, and none once it is revoked.
      return (await lockFamily(transaction, redemption.family.id)) && rotateRefreshToken(transaction, redemption, at);
    case "access_token":
      return (await lockFamily(transaction, redemption.within.id)) && isUnrevoked(transaction, redemption);
  }
}

/** Adds the family and the refresh token that the redemption begins, if it begins any, or what the new token was exchanged for. */
async function addTokens(transaction: Knex.Transaction, redemption: Redemption, entry: LedgerEntry, at: Date): Promise<void> {
  switch (redemption.kind) {
    case "authorization_code":
      await createFamily(transaction, redemption.family, at);
      if (redemption.refreshToken !== undefined) await addRefreshToken(transaction, redemption.family.id, redemption.refreshToken, at);
      return;
    case "refresh_token":
      return addRefreshToken(transaction, redemption.family.id, redemption.successor, at);
    case "one_time_token":
      return createFamily(transaction, redemption.begins, at);
    case "access_token":
      return addExchange(transaction, redemption, entry);
    case "device_code":
      return createFamily(transaction, redemption.family, at);
  }
}
