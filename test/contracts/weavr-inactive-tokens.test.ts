import { makeIdentities } from "../../src/store/programmes/identities";
import type { TestDelegatedClient } from "../../src/testkit/programme-kit";
import { type Chain, startChain } from "../harness/login-chain";
import { apiKeyOf, programmeOf, requestAccessToken } from "../harness/weavr-requests";

describe("an access token for an identity", () => {
  let chain: Chain;
  let delegate: TestDelegatedClient;
  /** One token of each way to act for the user's identity. */
  let tokens: Record<"login" | "oneTime" | "delegated", string>;

  async function requestToken(body: object): Promise<string> {
    const response = await requestAccessToken(chain.polymint, apiKeyOf(chain.polymint), { identity: chain.user.identity, ...body }).expect(
      200,
    );
    return (response.body as { token: string }).token;
  }

  beforeAll(async () => {
    chain = await startChain();
    const { polymint, user } = chain;
    await polymint.setDelegation(true);
    delegate = await polymint.createDelegatedClient();
    tokens = {
      login: await chain.exchange(await chain.logIn()),
      oneTime: await requestToken({ token: await polymint.createOneTimeToken({ userId: user.id, identityId: user.identity.id }) }),
      delegated: await requestToken({ clientAssertion: delegate.assertion(user.identity.id) }),
    };
  });
  afterAll(() => chain.polymint.stop());

  /** Expects these tokens to be inactive, with nothing else in the answer, and the others active. */
  async function expectInactive(...inactive: (keyof typeof tokens)[]): Promise<void> {
    for (const kind of ["login", "oneTime", "delegated"] as const) {
      const answer = await chain.introspect(tokens[kind]);
      if (inactive.includes(kind)) expect({ [kind]: answer }).toEqual({ [kind]: { active: false } });
      else expect({ [kind]: answer }).toMatchObject({ [kind]: { active: true, sub: chain.user.identity.id } });
    }
  }

  it("is inactive while its delegated client is disabled", async () => {
    await expectInactive();
    await delegate.setStatus("disabled");
    await expectInactive("delegated");
    await delegate.setStatus("active");
    await expectInactive();
  });

  it("is inactive while its programme has no delegation and a delegated client got it", async () => {
    await chain.polymint.setDelegation(false);
    await expectInactive("delegated");
    await chain.polymint.setDelegation(true);
    await expectInactive();
  });

  it("is inactive while the identity is deactivated, and is exchanged for no other identity meanwhile", async () => {
    const { polymint, user } = chain;
    const identities = makeIdentities(polymint.database);
    const other = { type: "CONSUMER", id: await identities.create(programmeOf(polymint), "CONSUMER", polymint.clock()) } as const;
    await polymint.database.build((knex) => knex("user_identities").insert({ user_id: user.id, identity_id: other.id }));
    const exchange = async (): Promise<number> =>
      (await requestAccessToken(polymint, apiKeyOf(polymint), { identity: other }).set("Authorization", `Bearer ${tokens.login}`)).status;
    await identities.setStatus(user.identity.id, "deactivated");
    await expectInactive("login", "oneTime", "delegated");
    expect(await exchange()).toBe(401);
    await identities.setStatus(user.identity.id, "active");
    await expectInactive();
    expect(await exchange()).toBe(200);
  });
});
