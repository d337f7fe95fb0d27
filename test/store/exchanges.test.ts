import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import type { Ledger } from "../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../src/store/ledger";
import { isUnrevoked } from "../../src/store/ledger/exchanges";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import type { Spend } from "../../src/store/ledger/redeem";
import { lockFamily } from "../../src/store/ledger/token-families";
import { startPolymint } from "../../src/testkit";
import { logIn } from "../harness/bearer-tokens";
import { apiKeyOf, identityOf, requestAccessToken } from "../harness/weavr-requests";

/** Called in an exchange, between the check of the presented token and the writing of the new one. */
type Meanwhile = () => Promise<void>;

/** Makes a ledger whose exchanges pause. @param locks whether they lock the family, as the real ones do */
function makeSlowLedger(locks: boolean, meanwhile: { run: Meanwhile }): (ports: LedgerPorts) => Ledger {
  const spend: Spend = async (transaction, redemption) => {
    if (redemption.kind !== "access_token") throw new Error("this test exchanges access tokens only");
    if (locks && !(await lockFamily(transaction, redemption.within.id))) return false;
    const good = await isUnrevoked(transaction, redemption);
    await meanwhile.run();
    return good;
  };
  return (ports) => makeLedger({ ...ports, spend });
}

/** Revokes a token while it is being exchanged. @returns whether the token that came of it is active afterwards */
async function survives(locks: boolean): Promise<boolean> {
  const meanwhile = { run: () => Promise.resolve() };
  const polymint = await startPolymint({ makeLedger: makeSlowLedger(locks, meanwhile) });
  const reader = makeLedgerReader(polymint.database);
  const exchange = async (bearer: string): Promise<{ jti: string; exp: number }> => {
    const test = requestAccessToken(polymint, apiKeyOf(polymint), { identity: identityOf(polymint) });
    const response = await test.set("Authorization", `Bearer ${bearer}`).expect(200);
    const { token } = response.body as { token: string };
    tokens.push(token);
    return decode(token) as { jti: string; exp: number };
  };
  const tokens: string[] = [];
  const parent = await exchange(await logIn(polymint));
  let revocation: Promise<boolean> | undefined;
  meanwhile.run = async () => {
    revocation = reader.revoke(parent.jti, parent.exp, Math.floor(polymint.clock() / 1000));
    await Promise.race([revocation, sleep(300)]);
  };
  const child = await exchange(tokens[0] ?? "");
  await revocation;
  const record = await reader.findByJti(child.jti);
  await polymint.stop();
  return record?.revokedAt === null;
}

describe("an access token that is revoked while it is exchanged", () => {
  it("takes the new one with it", async () => {
    expect(await survives(true)).toBe(false);
  });

  it("(control) leaves the new one valid if the exchange does not lock the family", async () => {
    expect(await survives(false)).toBe(true);
  });
});
