import type { Knex } from "knex";
import { type Caller, mustStillWait } from "../../engine/caller";
import type { LedgerEntry } from "../../engine/ports/ledger";
import type { AssertionUse, Redemption, RefreshTokenRow, TokenFamily } from "../../engine/redemption";
import type { Database, Statement } from "../database";
import { refusedWith, sqlState } from "../database/errors";
import { dayOf, type Partitions } from "./partitions";
import { moment } from "../database/timestamps";

/** Ends the transaction without a trace; never leaves this file. */
class Lost extends Error {
  constructor(readonly outcome: "spent" | "replayed") {
    super(outcome);
  }
}

/** Uses something up. @returns whether it was still there to be used */
export type Spend = (transaction: Knex.Transaction, redemption: Redemption, at: Date) => Promise<boolean>;

export interface RedemptionPorts {
  database: Database;
  partitions: Partitions;
  /** One statement whose row count decides. Another one in its place shows that the races in the tests are real. */
  spend?: Spend;
}

/**
 * Records a token and uses up what it was asked for with, in one transaction: whoever comes second finds nothing left,
 * and a failure in the middle leaves everything as it was. What is spent first locks its row, so that two who spend the
 * same thing stand in line there and cannot deadlock further on.
 */
export function makeRedeem({ database, partitions, spend = spendOnce }: RedemptionPorts) {
  return async function redeem(
    entry: LedgerEntry,
    redemption: Redemption,
    assertion?: AssertionUse,
    caller?: Caller,
  ): Promise<"recorded" | "replayed" | "spent"> {
    const at = moment(entry.issuedAt * 1000);
    const work = async (transaction: Knex.Transaction): Promise<void> => {
      if (!(await spend(transaction, redemption, at))) throw new Lost("spent");
      if (assertion !== undefined && !(await spendAssertion(transaction, assertion))) throw new Lost("replayed");
      await begin(transaction, redemption, at);
      await write(transaction, entry);
      if (caller !== undefined) mustStillWait(caller);
    };
    const day = dayOf(entry.expiresAt);
    try {
      await partitions.ensureDay(day);
      await database.transaction(work).catch(async (reason: unknown) => {
        if (!refusedWith(reason, sqlState.checkViolation)) throw reason;
        // A partition this process knew is gone: another server's clock, or a person, found it expired.
        partitions.forget(day);
        await partitions.ensureDay(day);
        await database.transaction(work);
      });
      return "recorded";
    } catch (thrown) {
      if (thrown instanceof Lost) return thrown.outcome;
      throw thrown;
    }
  };
}

async function changed(transaction: Knex.Transaction, { name, text }: Statement, values: readonly unknown[]): Promise<boolean> {
  const raw = transaction.raw<{ rowCount: number }>(text, values as Knex.RawBinding[]);
  const { rowCount } = await raw.options({ name });
  return rowCount === 1;
}

const spendStatements = {
  authorization_code: {
    name: "authorization_code_spend",
    text: "UPDATE authorization_codes SET spent_at = ? WHERE digest = ? AND spent_at IS NULL",
  },
  device_code: {
    name: "device_code_spend",
    text: "UPDATE device_codes SET spent_at = ? WHERE digest = ? AND spent_at IS NULL AND status = 'approved'",
  },
  one_time_token: {
    name: "one_time_token_spend",
    text: "UPDATE one_time_tokens SET spent_at = ? WHERE digest = ? AND spent_at IS NULL",
  },
} as const;

async function spendOnce(transaction: Knex.Transaction, redemption: Redemption, at: Date): Promise<boolean> {
  if (redemption.kind === "refresh_token") return rotate(transaction, redemption, at);
  return changed(transaction, spendStatements[redemption.kind], [at, redemption.digest]);
}

/** Changes nothing, but holds the row to the end of the transaction; a revocation that comes meanwhile waits for it. */
const holdFamilyStatement = {
  name: "token_family_hold",
  text: "UPDATE token_families SET revoked_at = revoked_at WHERE id = ? AND revoked_at IS NULL",
};

const rotateStatement = {
  name: "refresh_token_rotate",
  text: "UPDATE refresh_tokens SET rotated_at = ?, successor = ? WHERE digest = ? AND rotated_at IS NULL",
};

const rotateAgainStatement = {
  name: "refresh_token_rotate_again",
  text: `
    UPDATE refresh_tokens SET rotated_at = rotated_at WHERE digest = ? AND successor = ? AND rotated_at > ?::timestamptz
      AND EXISTS (SELECT 1 FROM refresh_tokens next WHERE next.digest = refresh_tokens.successor AND next.rotated_at IS NULL)`,
};

/**
 * A family rotates one token at a time, which its row sees to. A revoked one rotates none. A token that was rotated may be
 * rotated again for as long as the grace lasts and its successor lies unused: then the answer was lost, and the same
 * successor is the answer again.
 */
async function rotate(transaction: Knex.Transaction, asked: Extract<Redemption, { kind: "refresh_token" }>, at: Date): Promise<boolean> {
  const { family, digest, successor, graceSeconds } = asked;
  if (!(await changed(transaction, holdFamilyStatement, [family.id]))) return false;
  if (await changed(transaction, rotateStatement, [at, successor.digest, digest])) return true;
  const graceBegan = moment(at.getTime() - graceSeconds * 1000);
  return changed(transaction, rotateAgainStatement, [digest, successor.digest, graceBegan]);
}

const spendAssertionStatement = {
  name: "assertion_spend_with_redemption",
  text: "INSERT INTO used_assertions (client_id, jti, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
};

function spendAssertion(transaction: Knex.Transaction, { clientId, jti, expiresAt }: AssertionUse): Promise<boolean> {
  return changed(transaction, spendAssertionStatement, [clientId, jti, moment(expiresAt * 1000)]);
}

async function begin(transaction: Knex.Transaction, redemption: Redemption, at: Date): Promise<void> {
  switch (redemption.kind) {
    case "authorization_code":
      await beginFamily(transaction, redemption.family, at);
      if (redemption.refreshToken !== undefined) await keep(transaction, redemption.family, redemption.refreshToken, at);
      return;
    case "refresh_token":
      return keep(transaction, redemption.family, redemption.successor, at);
    case "device_code":
    case "one_time_token":
      return;
  }
}

const beginFamilyStatement = {
  name: "token_family_begin",
  text: `
    INSERT INTO token_families (id, client_id, person_id, scope, auth_time, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
};

async function beginFamily(transaction: Knex.Transaction, family: TokenFamily, at: Date): Promise<void> {
  const { id, clientId, personId, scope, authTime, expiresAt } = family;
  const times = [moment(authTime * 1000), at, moment(expiresAt * 1000)];
  await changed(transaction, beginFamilyStatement, [id, clientId, personId, scope.join(" "), ...times]);
}

const keepStatement = {
  name: "refresh_token_keep",
  text: "INSERT INTO refresh_tokens (digest, family, created_at, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
};

/** A successor that is there already stays as it is: its own time has begun. */
async function keep(transaction: Knex.Transaction, family: TokenFamily, token: RefreshTokenRow, at: Date): Promise<void> {
  await changed(transaction, keepStatement, [token.digest, family.id, at, moment(token.expiresAt * 1000)]);
}

const writeStatement = {
  name: "ledger_write_with_redemption",
  text: `
    INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, family)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
};

async function write(transaction: Knex.Transaction, entry: LedgerEntry): Promise<void> {
  const { jti, issuedAt, expiresAt, contract, clientId, grant, subject, actor, scope, family = null } = entry;
  const times = [moment(issuedAt * 1000), moment(expiresAt * 1000)];
  await changed(transaction, writeStatement, [jti, ...times, contract, clientId, grant, subject, actor, scope, family]);
}
