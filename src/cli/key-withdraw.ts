import { longestTokenSeconds } from "../engine/client";
import { withdrawSigningKey, type WithdrawalResult } from "../keys/withdraw";
import { NotFoundError } from "../store/database/errors";
import { requireConfirmation, requireTerminal } from "./terminal";
import { formatKeyTable, type KeyJson, requireMasterKey, rethrowSealError, toKeysJson } from "./key-output";
import type { CommandOutput } from "./output";
import type { CommandSession } from "./session";

export async function withdrawKey(kid: string, { yes }: { yes?: true }): Promise<CommandOutput> {
  requireTerminal(yes === true, "key", "withdraw");
  const { withSession } = await import("./session.js");
  return withSession((session) => withdrawInSession(session, kid, yes === true));
}

async function withdrawInSession(session: CommandSession, kid: string, confirmed: boolean): Promise<CommandOutput> {
  const { makeSigningKeys } = await import("../store/signing-keys.js");
  const { database, clock, masterKey, newMasterKey } = session;
  const store = makeSigningKeys(database);
  const before = await store.list();
  requireMasterKey(before, session);
  const key = toKeysJson(before, clock()).find((each) => each.kid === kid);
  if (key === undefined) throw new NotFoundError(`there is no key ${kid}`);
  if (!confirmed)
    await requireConfirmation(
      `Every token that the ${key.state} ${key.algorithm} key ${kid} signed becomes invalid, for good. Withdraw it?`,
    );
  const { auditChange } = await import("./audited.js");
  const request = { kid, now: Math.floor(clock() / 1000), longestTokenSeconds, masterKey, newMasterKey };
  const object = (result?: WithdrawalResult): string | undefined =>
    result === undefined || result.was === "withdrawn" ? undefined : `key ${kid}`;
  const withdrawn = await auditChange(session, { command: "key withdraw", object }, (within) =>
    withdrawSigningKey(makeSigningKeys(within.database), request),
  ).catch(rethrowSealError);
  if (withdrawn === undefined) throw new NotFoundError(`there is no key ${kid}`);
  const after = toKeysJson(await store.list(), clock());
  const keys = after.filter((each) => each.kid === kid || each.kid === withdrawn.successor);
  return { json: { keys }, text: formatKeyTable(keys), warnings: listWarnings(key, withdrawn) };
}

function listWarnings({ kid, algorithm }: KeyJson, { was, successor }: WithdrawalResult): string[] {
  if (was === "withdrawn") return ["It had been withdrawn before; nothing was changed."];
  const verifiers =
    "Verifiers that cache the key set accept its tokens until they fetch the set again, in 300 s at most; introspection accepts them no more.";
  if (successor === undefined) return [verifiers];
  return [
    verifiers,
    `${algorithm} tokens are signed with ${successor} from now on; those still signed with ${kid} within this second are invalid.`,
  ];
}
