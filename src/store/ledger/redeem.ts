import { type Caller, mustStillWait } from "../../engine/caller";
import type { LedgerEntry } from "../../engine/ports/ledger";
import type { Redemption, Spending } from "../../engine/redemption";
import type { Database, Queryable } from "../database";
import { hasSqlState, sqlState } from "../database/errors";
import { composeStatement, type Part } from "../database/parts";
import { toTimestamp } from "../database/timestamps";
import { makeSpendAuthorizationCode } from "../people/authorization-codes";
import { makeSpendDeviceCode } from "../people/device-codes";
import { makeAddRefreshToken, makeRotateRefreshToken, rotateAgain } from "../people/refresh-tokens";
import { makeSpendOneTimeToken } from "../programmes/one-time-tokens";
import type { AnsweredTokens } from "./answered-tokens";
import { makeSpendAssertions } from "./assertions";
import { isUnrevoked, makeAddExchange } from "./exchanges";
import { toEpochDay, type Partitions } from "./partitions";
import { makeWriteRow } from "./rows";
import { lockFamily, makeCreateFamily, makeLockFamily } from "./token-families";

/** Rolls the transaction back; never leaves this file. */
class RedemptionRefusedError extends Error {
  constructor(readonly outcome: "spent" | "replayed") {
    super(outcome);
  }
}

/** Spends what a token was asked for with. @returns false if it was spent before */
export type Spend = (within: Queryable, redemption: Redemption, at: Date) => Promise<boolean>;

export interface RedeemPorts {
  database: Database;
  partitions: Partitions;
  /** Gets every token whose row was committed. */
  answered?: AnsweredTokens | undefined;
  /**
   * By default, the statement that writes the token spends too, and its row count decides. Tests pass a function that
   * looks first and spends afterwards, to show that their races can tell the two apart.
   */
  spend?: Spend | undefined;
}

/**
 * Records a token and spends what it was asked for with: a second request finds it spent, and a failure in the middle
 * leaves everything as it was. Spending comes first because it locks a row: requests that spend the same thing wait for
 * each other there and cannot deadlock later.
 *
 * All of it is one statement, in a transaction nevertheless: a caller may have gone while the statement waited for a
 * lock, and then it is rolled back.
 */
export function makeRedeem({ database, partitions, answered, spend }: RedeemPorts) {
  return async function redeem(entry: LedgerEntry, spends: Spending, caller?: Caller): Promise<"recorded" | "replayed" | "spent"> {
    const work = (within: Queryable) => redeemIn(within, spend, { entry, spends, caller });
    const day = toEpochDay(entry.expiresAt);
    try {
      await partitions.ensureDay(day);
      await database.transact(work).catch(async (reason: unknown) => {
        if (!hasSqlState(reason, sqlState.checkViolation)) throw reason;
        // The partition that this process knew is gone: a server whose clock runs ahead, or an operator, has dropped it.
        partitions.forget(day);
        await partitions.ensureDay(day);
        await database.transact(work);
      });
      answered?.add(entry);
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
async function redeemIn(within: Queryable, spend: Spend | undefined, request: RedeemRequest): Promise<void> {
  const { spends, caller } = request;
  const spent = await spendAndWrite(within, spend, request);
  if (spent.redemptions === 0) throw new RedemptionRefusedError("spent");
  if (spent.assertions < (spends.assertions ?? []).length) throw new RedemptionRefusedError("replayed");
  if (caller !== undefined) mustStillWait(caller);
}

/** How much a statement has spent. */
interface Spent {
  redemptions: number;
  assertions: number;
}

/** Spends and writes in one statement. Only what could not be spent so is looked at again, and written by a second statement. */
async function spendAndWrite(within: Queryable, spend: Spend | undefined, request: RedeemRequest): Promise<Spent> {
  const { redemption } = request.spends;
  if (redemption === undefined) return write(within, [], request);
  const at = toTimestamp(request.entry.issuedAt * 1000);
  const spending = spend === undefined ? makeSpending(redemption, at) : [];
  const spent = spending.length === 0 ? nothing : await write(within, spending, request);
  if (spent.redemptions > 0 || !(await (spend ?? spendSeparately)(within, redemption, at))) return spent;
  return write(within, [], request);
}

const nothing: Spent = { redemptions: 0, assertions: 0 };

/** @param spending parts that spend the redemption; none if there is nothing to spend, or it was spent in this transaction */
async function write(within: Queryable, spending: readonly Part[], { entry, spends }: RedeemRequest): Promise<Spent> {
  const { redemption, assertions = [] } = spends;
  const additions = redemption === undefined ? [] : makeAdditions(redemption, entry);
  const parts = [...(spending.length === 0 ? [spentBefore] : spending), ...additions, makeSpendAssertions(assertions), makeWriteRow(entry)];
  const name = `redeem_${redemption?.kind ?? "nothing"}${spending.length === 0 ? "_spent_before" : ""}`;
  const { statement, values } = composeStatement(name, parts, countSql);
  return (await within.query<Spent>(statement, values)).rows[0] ?? nothing;
}

/** The other parts take their rows from `spent`: without one, they write nothing. */
const spentBefore: Part = { name: "spent", sql: "SELECT 1", values: [] };

const countSql = "SELECT (SELECT count(*)::integer FROM spent) AS redemptions, (SELECT count(*)::integer FROM proved) AS assertions";

/** The parts that spend a redemption; none for one that can only be spent after a look at what others have committed. */
function makeSpending(redemption: Redemption, at: Date): Part[] {
  switch (redemption.kind) {
    case "authorization_code":
      return [makeSpendAuthorizationCode(redemption.digest, at)];
    case "device_code":
      return [makeSpendDeviceCode(redemption.digest, at)];
    case "one_time_token":
      return [makeSpendOneTimeToken(redemption.digest, at)];
    case "refresh_token":
      // A family rotates one token at a time, and none once it is revoked.
      return [makeLockFamily(redemption.family.id), makeRotateRefreshToken(redemption, at)];
    case "access_token":
      return [];
  }
}

/** Spends what needs a statement of its own, which sees all that was committed before the family was locked. */
async function spendSeparately(within: Queryable, redemption: Redemption, at: Date): Promise<boolean> {
  switch (redemption.kind) {
    case "refresh_token":
      return rotateAgain(within, redemption, at);
    case "access_token":
      return (await lockFamily(within, redemption.within.id)) && isUnrevoked(within, redemption);
    default:
      return false;
  }
}

/** The parts that add the family and the refresh token that the redemption begins, or what the new token was exchanged for. */
function makeAdditions(redemption: Redemption, entry: LedgerEntry): Part[] {
  const at = toTimestamp(entry.issuedAt * 1000);
  switch (redemption.kind) {
    case "authorization_code":
      return [makeCreateFamily(redemption.family, at), makeAddRefreshToken(redemption.family.id, redemption.refreshToken, at)];
    case "refresh_token":
      return [makeAddRefreshToken(redemption.family.id, redemption.successor, at)];
    case "one_time_token":
      return [makeCreateFamily(redemption.begins, at)];
    case "access_token":
      return [makeAddExchange(redemption, entry)];
    case "device_code":
      return [makeCreateFamily(redemption.family, at)];
  }
}
