import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import type { Database } from "../../src/store/database";
import { runInTransaction } from "../../src/store/database/single-transaction";
import { makeLedger } from "../../src/store/ledger";
import { cutOffTokens } from "../../src/store/ledger/cutoffs";
import { isUnrevoked, revokeExchangedOfSubject } from "../../src/store/ledger/exchanges";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import type { Spend } from "../../src/store/ledger/redeem";
import { lockFamily } from "../../src/store/ledger/token-families";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { logIn } from "../harness/bearer-tokens";
import { waitForEndOrLock } from "../harness/lock-waits";
import { apiKeyOf, identityOf, requestAccessToken } from "../harness/weavr-requests";

/** Called in an exchange, between the check of the presented token and the writing of the new one. */
type Meanwhile = () => Promise<void>;

let polymint: TestPolymint;
/** How the server's ledger spends; each test sets its own. */
let spend: Spend;
beforeAll(async () => {
  polymint = await startPolymint({ makeLedger: (ports) => makeLedger({ ...ports, spend: (...all) => spend(...all) }) });
});
afterAll(() => polymint.stop());
// What a test before has cut off ends at its moment.
beforeEach(() => polymint.clock.advance(2));

/** Makes a way to spend that pauses. @param locks whether it locks the family, as the real one does */
function makeSlowSpend(locks: boolean, meanwhile: { run: Meanwhile }): Spend {
  return async (within, redemption) => {
    if (redemption.kind !== "access_token") throw new Error("this test exchanges access tokens only");
    if (locks && !(await lockFamily(within, redemption.within.id))) return false;
    const good = await isUnrevoked(within, redemption);
    await meanwhile.run();
    return good;
  };
}

interface Presented {
  jti: string;
  exp: number;
  text: string;
}

/** Gets the user an access token of one identity, and ways to exchange it for one of another identity. */
async function prepareExchange() {
  const ask = (bearer: string, index: 0 | 1) =>
    requestAccessToken(polymint, apiKeyOf(polymint), { identity: identityOf(polymint, index) }).set("Authorization", `Bearer ${bearer}`);
  const read = ({ body }: { body: unknown }): Presented => {
    const { token: text } = body as { token: string };
    return { ...(decode(text) as { jti: string; exp: number }), text };
  };
  const parent = read(await ask(await logIn(polymint), 0).expect(200));
  const exchange = async (): Promise<Presented> => read(await ask(parent.text, 1).expect(200));
  const requestStatus = async (): Promise<number> => (await ask(parent.text, 1)).status;
  return { parent, exchange, requestStatus };
}

type Revoke = (parent: Presented) => Promise<unknown>;

const revokeToken: Revoke = ({ jti, exp }) => makeLedgerReader(polymint.database).revoke(jti, exp, Math.floor(polymint.clock() / 1000));

/** As `token revoke --subject` does, before it commits. */
async function revokeSubjectIn(within: Database): Promise<void> {
  const { id } = identityOf(polymint);
  await cutOffTokens(within, { kind: "subject", id }, polymint.clock());
  await revokeExchangedOfSubject(within, id, polymint.clock());
}

const revokeSubject: Revoke = () => runInTransaction(polymint.database, true, revokeSubjectIn);

/** Revokes a token while it is being exchanged. @returns whether the token that came of it is active afterwards */
async function survives(locks: boolean, revoke: Revoke): Promise<boolean> {
  const meanwhile = { run: () => Promise.resolve() };
  spend = makeSlowSpend(locks, meanwhile);
  const { parent, exchange } = await prepareExchange();
  let revocation: Promise<unknown> | undefined;
  meanwhile.run = async () => {
    revocation = revoke(parent);
    await Promise.race([revocation, sleep(300)]);
  };
  const child = await exchange();
  await revocation;
  const record = await makeLedgerReader(polymint.database).findByJti(child.jti);
  return record?.revokedAt === null;
}

/** Exchanges a token while a command that has cut off its subject has not committed yet. @returns the status of the exchange */
async function exchangeDuringCutOff(isGood: typeof isUnrevoked): Promise<number> {
  spend = async (within, redemption) =>
    redemption.kind === "access_token" && (await lockFamily(within, redemption.within.id)) && isGood(within, redemption);
  const { requestStatus } = await prepareExchange();
  const [exchanging] = await runInTransaction(polymint.database, true, async (within) => {
    await revokeSubjectIn(within);
    const requested = requestStatus();
    await waitForEndOrLock(polymint.database, "token_families", requested);
    return [requested];
  });
  return exchanging;
}

/** The check without cutoffs: it looks at the row of the token only. */
const isRowUnrevoked: typeof isUnrevoked = async (within, { parent }) =>
  (await within.query(findUnrevokedRow, [parent.jti])).rows.length === 1;
const findUnrevokedRow = { name: "unrevoked_row", text: "SELECT 1 FROM issued_tokens WHERE jti = ? AND revoked_at IS NULL" };

describe.each([
  ["an access token that is revoked while it is exchanged", revokeToken],
  ["an access token whose subject is cut off while it is exchanged", revokeSubject],
])("%s", (_what, revoke) => {
  it("takes the new one with it", async () => {
    expect(await survives(true, revoke)).toBe(false);
  });

  it("(control) leaves the new one valid if the exchange does not lock the family", async () => {
    expect(await survives(false, revoke)).toBe(true);
  });
});

describe("an exchange that comes while a token's subject is cut off", () => {
  it("is refused once the command has committed", async () => {
    expect(await exchangeDuringCutOff(isUnrevoked)).toBe(401);
  });

  it("(control) is answered if the exchange does not look at cutoffs", async () => {
    expect(await exchangeDuringCutOff(isRowUnrevoked)).toBe(200);
  });
});
