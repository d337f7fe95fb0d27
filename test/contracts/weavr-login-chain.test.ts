import request from "supertest";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { makeAuthTokens } from "../../src/store/programmes/auth-tokens";
import { type Chain, type Claims, claimsOf, startChain } from "../harness/login-chain";
import { apiKeyOf, weavrTokenPath } from "../harness/weavr-requests";

describe("a chain of access tokens, each exchanged for the next", () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain();
  });
  afterAll(() => chain.polymint.stop());

  it("ends twelve hours after the login, and no token in it outlives that", async () => {
    const loggedInAt = chain.now();
    let token = await chain.exchange(await chain.logIn());
    const ends = loggedInAt + 12 * 3600;
    while (chain.now() < ends - 600) {
      chain.polymint.clock.advance(600);
      token = await chain.exchange(token);
      expect(claimsOf(token)).toMatchObject({ auth_time: loggedInAt, exp: Math.min(chain.now() + 900, ends) });
    }
    chain.polymint.clock.advance(599);
    const last = await chain.exchange(token);
    expect(claimsOf(last).exp).toBe(ends);
    expect(await chain.introspect(last)).toMatchObject({ active: true });
    chain.polymint.clock.advance(1);
    await chain.refuseExchange(last);
    expect(await chain.introspect(last)).toEqual({ active: false });
  });

  it("falls back to STANDARD fifteen minutes after the user stepped up, however often it is exchanged", async () => {
    const authToken = await chain.logIn();
    chain.polymint.clock.advance(100);
    const steppedUpUntil = chain.now() + 900;
    const first = await chain.exchange(await chain.stepUp(authToken));
    chain.polymint.clock.advance(899);
    const second = await chain.exchange(first);
    expect(claimsOf(second)).toMatchObject({ status: "STEPPED_UP", stepped_up_until: steppedUpUntil });
    expect(await chain.introspect(second)).toMatchObject({ active: true, status: "STEPPED_UP" });
    chain.polymint.clock.advance(1);
    expect(await chain.introspect(second)).toMatchObject({ active: true, status: "STANDARD" });
    const third = await chain.exchange(second);
    expect(claimsOf(third)).toMatchObject({ status: "STANDARD", auth_time: steppedUpUntil - 1000 });
    expect(claimsOf(third).stepped_up_until).toBeUndefined();
  });

  it("ends with each of its tokens that is revoked: what came of it is inactive, what did not is not", async () => {
    const authToken = await chain.logIn();
    const parent = await chain.exchange(authToken);
    const revoked = await chain.exchange(parent);
    const child = await chain.exchange(revoked);
    const grandchild = await chain.exchange(child);
    const sibling = await chain.exchange(parent);
    const { jti, exp } = claimsOf(revoked);
    await makeLedgerReader(chain.polymint.database).revoke(jti, exp, chain.now());
    for (const token of [revoked, child, grandchild]) {
      expect(await chain.introspect(token)).toEqual({ active: false });
      await chain.refuseExchange(token);
    }
    for (const token of [parent, sibling]) expect(await chain.introspect(token)).toMatchObject({ active: true });
    await chain.exchange(authToken);
  });

  it("ends with a token of it that is revoked after it has expired", async () => {
    const parent = await chain.exchange(await chain.logIn());
    chain.polymint.clock.advance(800);
    const child = await chain.exchange(parent);
    chain.polymint.clock.advance(200);
    await makeLedgerReader(chain.polymint.database).revokeByJti(claimsOf(parent).jti, chain.now());
    expect(await chain.introspect(child)).toEqual({ active: false });
  });

  it("ends with the auth token that it came of, as do stepped-up tokens of the same login, and other logins do not", async () => {
    const [authToken, other] = [await chain.logIn(), await chain.exchange(await chain.logIn())];
    const steppedUp = await chain.stepUp(authToken);
    const tokens = [await chain.exchange(await chain.exchange(authToken)), await chain.exchange(steppedUp)];
    const { database, pepper, clock } = chain.polymint;
    await makeAuthTokens({ database, digest: makeSecretDigest(pepper) }).revoke(authToken, clock());
    for (const token of tokens) expect(await chain.introspect(token)).toEqual({ active: false });
    for (const token of [...tokens, authToken, steppedUp]) await chain.refuseExchange(token);
    expect(await chain.introspect(other)).toMatchObject({ active: true });
  });

  it("does not begin with a token of a server that knows no families", async () => {
    const authToken = await chain.logIn();
    await chain.polymint.database.build((knex) => knex("auth_tokens").where("user_id", chain.user.id).update({ family: null }));
    const token = await chain.exchange(authToken);
    expect(await chain.introspect(token)).toMatchObject({ active: true });
    await chain.refuseExchange(token);
    await request(chain.polymint.url)
      .post("/stepup/challenges/otp")
      .set("api-key", apiKeyOf(chain.polymint))
      .set("Authorization", `Bearer ${authToken}`)
      .expect(401);
  });

  it("is inactive while its user is disabled", async () => {
    const token = await chain.exchange(await chain.logIn());
    const oneTime = await chain.polymint.createOneTimeToken({ userId: chain.user.id, identityId: chain.user.identity.id });
    const body = { identity: chain.user.identity, token: oneTime };
    const once = await request(chain.polymint.url).post(weavrTokenPath).set("api-key", apiKeyOf(chain.polymint)).send(body).expect(200);
    await chain.user.disable();
    expect(await chain.introspect(token)).toEqual({ active: false });
    expect(await chain.introspect((once.body as { token: string }).token)).toEqual({ active: false });
    await chain.refuseExchange(token);
  });
});

describe("the times of a login", () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain({ userLogins: { maxSeconds: 400, stepUpSeconds: 60 } });
  });
  afterAll(() => chain.polymint.stop());

  it("end an auth token that is in constant use, and one that was stepped up in between", async () => {
    const authToken = await chain.logIn();
    const ends = chain.now() + 400;
    chain.polymint.clock.advance(250);
    const steppedUp = await chain.stepUp(authToken);
    await chain.exchange(authToken);
    chain.polymint.clock.advance(149);
    const token = await chain.exchange(steppedUp);
    expect(claimsOf(token)).toMatchObject({ status: "STANDARD", exp: ends });
    chain.polymint.clock.advance(1);
    for (const bearer of [authToken, steppedUp, token]) await chain.refuseExchange(bearer);
  });

  it("end an auth token of a server that knows no families, counted from when it was made", async () => {
    const authToken = await chain.logIn();
    await chain.polymint.database.build((knex) => knex("auth_tokens").where("user_id", chain.user.id).update({ family: null }));
    chain.polymint.clock.advance(250);
    expect(claimsOf(await chain.exchange(authToken)).exp).toBe(chain.now() + 150);
    chain.polymint.clock.advance(150);
    await chain.refuseExchange(authToken);
  });

  it("count from when a one-time token was made", async () => {
    const { polymint, user } = chain;
    const facts = { userId: user.id, identityId: user.identity.id, assurance: "STEPPED_UP", lifetimeSeconds: 300 } as const;
    const redeem = async (token: string): Promise<Claims> => {
      const test = request(polymint.url).post(weavrTokenPath).set("api-key", apiKeyOf(polymint));
      return claimsOf(((await test.send({ identity: user.identity, token }).expect(200)).body as { token: string }).token);
    };
    const [soon, late] = [await polymint.createOneTimeToken(facts), await polymint.createOneTimeToken(facts)];
    const made = chain.now();
    polymint.clock.advance(59);
    expect(await redeem(soon)).toMatchObject({ status: "STEPPED_UP", auth_time: made, exp: made + 400 });
    polymint.clock.advance(1);
    expect(await redeem(late)).toMatchObject({ status: "STANDARD", auth_time: made, exp: made + 400 });
  });
});
