import type { Response } from "supertest";
import request from "supertest";
import type { Ledger } from "../../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import { type ScreeningEagleApp, expectTokens, expectRefusal, registerApp } from "../../harness/screening-eagle-app";
import { jwtBearer } from "../../harness/assertion-client";
import { isUnavailable } from "./fault";
import { makeWireFixture, type WireFixture } from "./wire-fixture";

let stand: WireFixture;
let app: ScreeningEagleApp;

beforeAll(async () => {
  stand = await makeWireFixture();
  app = await registerApp(stand.polymint);
  // Makes the ledger's partitions, which commits too.
  await app.tokens();
  await stand.ask("weavr");
});
afterAll(() => stand.stop());

/** How many tokens the ledger holds. */
async function countTokens({ other }: WireFixture = stand): Promise<number> {
  return (await other.build((knex) => knex("issued_tokens").pluck<string[]>("jti"))).length;
}

/** Exchanges a one-time token, loses the answer to the commit, and tries again. @returns statuses, and how many tokens that made */
async function exchangeTwice(at: WireFixture): Promise<{ statuses: number[]; made: number }> {
  const { polymint, wire } = at;
  const identity = polymint.user.identities[0];
  const token = await polymint.createOneTimeToken();
  const exchange = () =>
    request(polymint.url)
      .post("/access_token")
      .set("api-key", polymint.clients.weavr?.secret ?? "")
      .send({ token, identity });
  const before = await countTokens(at);
  wire.loseNextCommit();
  const statuses = [(await exchange()).status, (await exchange()).status];
  return { statuses, made: (await countTokens(at)) - before };
}

describe("a commit whose answer was lost, of what serves once,", () => {
  it("used up a one-time token: nobody gets a second token for it", async () => {
    expect(await exchangeTwice(stand)).toEqual({ statuses: [503, 401], made: 1 });
  });

  it("used up an assertion: it does not serve again, and a fresh one does", async () => {
    const { polymint, wire } = stand;
    const assertion = () => polymint.clients.raidiam?.assertion(polymint.issuer) ?? "";
    const send = (client_assertion: string): PromiseLike<Response> =>
      request(polymint.url).post("/token").type("form").send({ client_assertion_type: jwtBearer, client_assertion });
    expect((await send(assertion())).status).toBe(200);
    const once = assertion();
    const before = await countTokens();
    wire.loseNextCommit("ledger_record");
    const { status } = await send(once);
    expect(isUnavailable("raidiam", status)).toBe(true);
    expect(await countTokens()).toBe(before + 1);
    expect((await send(once)).status).toBe(400);
    expect(await countTokens()).toBe(before + 1);
    expect((await send(assertion())).status).toBe(200);
  });

  it("used up a code: it does not serve again, and what nobody received ends", async () => {
    const families = async () => stand.other.build((knex) => knex("token_families").whereNull("revoked_at").pluck<string[]>("id"));
    const granted = await app.authorize();
    const before = await families();
    stand.wire.loseNextCommit();
    await expectRefusal(500, app.redeem(granted));
    expect(await families()).toHaveLength(before.length + 1);
    await expectRefusal(400, app.redeem(granted));
    expect((await families()).sort()).toEqual(before.sort());
    await expectTokens(app.redeem(await app.authorize()));
  });
});

describe("a ledger that does not use up with the same commit", () => {
  it("would give a second token for what the lost answer was about", async () => {
    // Deliberately wrong: nothing is spent.
    const spendNothing = (ports: LedgerPorts): Ledger => makeLedger({ ...ports, spend: () => Promise.resolve(true) });
    const careless = await makeWireFixture({ makeLedger: spendNothing });
    try {
      await careless.ask("weavr");
      expect(await exchangeTwice(careless)).toEqual({ statuses: [503, 200], made: 2 });
    } finally {
      await careless.stop();
    }
  });
});
