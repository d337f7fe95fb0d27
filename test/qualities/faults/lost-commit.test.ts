/** Commits that succeeded although the server never received the answer. */
import type { Response } from "supertest";
import request from "supertest";
import type { Ledger } from "../../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import { type ScreeningEagleApp, expectTokens, expectRefusal, registerApp } from "../../harness/screening-eagle-app";
import { jwtBearer } from "../../harness/assertion-client";
import { isUnavailable } from "./fault";
import { makeWireFixture, type WireFixture } from "./wire-fixture";

let fixture: WireFixture;
let app: ScreeningEagleApp;

beforeAll(async () => {
  fixture = await makeWireFixture();
  app = await registerApp(fixture.polymint);
  // Creates the ledger's partitions first, since that commits too.
  await app.tokens();
  await fixture.requestToken("weavr");
});
afterAll(() => fixture.stop());

/** The number of tokens in the ledger. */
async function countTokens({ directDatabase }: WireFixture = fixture): Promise<number> {
  return (await directDatabase.build((knex) => knex("issued_tokens").pluck<string[]>("jti"))).length;
}

/** Exchanges a one-time token, loses the answer to the commit, and tries again. @returns both statuses, and the number of tokens made */
async function exchangeTwice(at: WireFixture): Promise<{ statuses: number[]; made: number }> {
  const { polymint, wire } = at;
  const identity = polymint.user.identities[0];
  const token = await polymint.createOneTimeToken();
  const exchange = () =>
    request(polymint.url).post("/access_token").set("api-key", polymint.clients.weavr.secret).send({ token, identity });
  const before = await countTokens(at);
  wire.loseNextCommit();
  const statuses = [(await exchange()).status, (await exchange()).status];
  return { statuses, made: (await countTokens(at)) - before };
}

describe("a commit whose answer was lost", () => {
  it("has spent the one-time token, which gives no second token", async () => {
    expect(await exchangeTwice(fixture)).toEqual({ statuses: [503, 401], made: 1 });
  });

  it("has spent the assertion, and a fresh assertion is accepted", async () => {
    const { polymint, wire } = fixture;
    const assertion = () => polymint.clients.raidiam.assertion(polymint.issuer);
    const send = (client_assertion: string): PromiseLike<Response> =>
      request(polymint.url).post("/token").type("form").send({ client_assertion_type: jwtBearer, client_assertion });
    expect((await send(assertion())).status).toBe(200);
    const once = assertion();
    const before = await countTokens();
    wire.loseNextCommit("ledger_record", "INSERT INTO issued_tokens");
    const { status } = await send(once);
    expect(isUnavailable("raidiam", status)).toBe(true);
    expect(await countTokens()).toBe(before + 1);
    expect((await send(once)).status).toBe(400);
    expect(await countTokens()).toBe(before + 1);
    expect((await send(assertion())).status).toBe(200);
  });

  it("has spent the code, and a second redemption revokes the tokens that were never received", async () => {
    const families = async () =>
      fixture.directDatabase.build((knex) => knex("token_families").whereNull("revoked_at").pluck<string[]>("id"));
    const granted = await app.authorize();
    const before = await families();
    fixture.wire.loseNextCommit();
    await expectRefusal(500, app.redeem(granted));
    expect(await families()).toHaveLength(before.length + 1);
    await expectRefusal(400, app.redeem(granted));
    expect((await families()).sort()).toEqual(before.sort());
    await expectTokens(app.redeem(await app.authorize()));
  });
});

describe("a ledger that records a token without spending its grant", () => {
  it("(control) gives a second token after the lost answer", async () => {
    // Deliberately wrong: nothing is spent.
    const spendNothing = (ports: LedgerPorts): Ledger => makeLedger({ ...ports, spend: () => Promise.resolve(true) });
    const careless = await makeWireFixture({ makeLedger: spendNothing });
    try {
      await careless.requestToken("weavr");
      expect(await exchangeTwice(careless)).toEqual({ statuses: [503, 200], made: 2 });
    } finally {
      await careless.stop();
    }
  });
});
