import { decode } from "jsonwebtoken";
import { wiring } from "../../generated/wiring";
import { buildEngine } from "../../src/app/engine";
import { resolveOptions } from "../../src/app/options";
import { decodeClientAssertion, decodeDelegatedAssertion } from "../../src/client-auth/assertion";
import { makeCaller } from "../../src/engine/caller";
import type { Issued } from "../../src/engine/decision";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { appOptionsOf } from "../harness/app-options";
import { registerAssertionClient } from "../harness/assertion-client";

/**
 * No contract so far lets a client that signs assertions ask by a delegated client's assertion. One may: here the contract
 * with delegation is served as if it also offered private_key_jwt.
 */
describe("a request with the client's own assertion and a delegated client's", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  async function makeIssuer(): Promise<(own: string, delegates: string) => Promise<Issued>> {
    const { issue } = buildEngine(resolveOptions(appOptionsOf(polymint)));
    const contract = wiring.find(({ policy }) => policy.grants.includes("delegated_assertion"));
    if (contract === undefined) throw new Error("no contract offers delegated_assertion");
    const { name, policy } = contract;
    const served = { name, policy: { ...policy, authMethods: ["private_key_jwt"] as const }, algorithm: policy.algorithm };
    const identity = polymint.user.identities[0] ?? { type: "CORPORATE", id: "" };
    return (own, delegates) =>
      issue(
        {
          credentials: [{ method: "private_key_jwt", assertion: decodeClientAssertion(own), clientId: undefined }],
          grant: { type: "delegated_assertion", assertion: decodeDelegatedAssertion(delegates), identity },
        },
        { ...served, audiences: [polymint.issuer] },
        { note: {}, source: "192.0.2.7", caller: makeCaller() },
      );
  }

  it("spends both, and is refused with either of them a second time", async () => {
    const identityId = polymint.user.identities[0]?.id ?? "";
    const signer = await registerAssertionClient(polymint, { contracts: ["raidiam"] });
    const programmeId = polymint.clients.weavr.clientId;
    // The programme gets the other client's key: registration lets a programme prove itself by its API key alone.
    await polymint.database.build((knex) =>
      knex("clients")
        .where("id", programmeId)
        .update({
          auth_methods: ["private_key_jwt"],
          assertion_algorithms: ["ES256"],
          jwks: knex("clients").where("id", signer.id).select("jwks"),
        }),
    );
    await polymint.setDelegation(true);
    const delegate = await polymint.createDelegatedClient();
    const ownAssertion = () => signer.assertion(polymint.issuer, { iss: programmeId, sub: programmeId });
    const issue = await makeIssuer();

    const [own, delegates] = [ownAssertion(), delegate.assertion(identityId)];
    const { jti } = await issue(own, delegates);
    const rows = () => polymint.database.build((knex) => knex("used_assertions").pluck<string[]>("jti"));
    const [ownJti, delegatesJti] = [own, delegates].map((assertion) => (decode(assertion) as { jti: string }).jti);
    expect(await rows()).toEqual(expect.arrayContaining([ownJti, delegatesJti]));
    expect(jti).toEqual(expect.any(String));

    const [freshOwn, freshDelegates] = [ownAssertion(), delegate.assertion(identityId)];
    await expect(issue(own, freshDelegates)).rejects.toMatchObject({ code: "invalid_client" });
    await expect(issue(freshOwn, delegates)).rejects.toMatchObject({ code: "invalid_client" });
    await issue(freshOwn, freshDelegates);
  });
});
