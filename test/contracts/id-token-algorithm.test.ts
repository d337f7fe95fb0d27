import { createHash, createPublicKey, type JsonWebKey } from "node:crypto";
import { decode, verify } from "jsonwebtoken";
import request from "supertest";
import type { IdTokenAlgorithm, SigningAlgorithm } from "../../src/engine/client";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { expectTokens, registerApp } from "../harness/screening-eagle-app";

interface IdTokenClaims {
  at_hash: string;
}

/** @returns the algorithm of an id token that the published key of its kid verifies */
async function verifyIdToken(polymint: TestPolymint, idToken: string, accessToken: string): Promise<SigningAlgorithm> {
  const header = decode(idToken, { complete: true })?.header;
  const { keys } = (await request(polymint.url).get("/.well-known/jwks.json")).body as { keys: (JsonWebKey & { kid: string })[] };
  const jwk = keys.find(({ kid }) => kid === header?.kid);
  expect(jwk?.alg).toBe(header?.alg);
  const algorithm = header?.alg as IdTokenAlgorithm;
  const options = { algorithms: [algorithm], issuer: polymint.issuer, clockTimestamp: polymint.clock() / 1000 };
  const claims = verify(idToken, createPublicKey({ key: jwk ?? {}, format: "jwk" }), options) as unknown as IdTokenClaims;
  // All three algorithms hash with SHA-256.
  expect(claims.at_hash).toBe(createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url"));
  return algorithm;
}

async function listSupported(polymint: TestPolymint): Promise<readonly string[]> {
  const response = await request(polymint.url).get("/.well-known/openid-configuration").expect(200);
  return (response.body as { id_token_signing_alg_values_supported: string[] }).id_token_signing_alg_values_supported;
}

describe.each<{ configured: SigningAlgorithm | undefined; own: IdTokenAlgorithm; supported: IdTokenAlgorithm[] }>([
  { configured: undefined, own: "ES256", supported: ["RS256", "ES256"] },
  { configured: "PS256", own: "PS256", supported: ["RS256", "PS256"] },
  { configured: "RS256", own: "RS256", supported: ["RS256"] },
])("id tokens of a contract that is configured with $configured", ({ configured, own, supported }) => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    // The contract that signs RS256 by default signs otherwise here, so that no RS256 key exists for another reason.
    const algorithms = new Map<string, SigningAlgorithm>([["firstvision", "ES256"]]);
    if (configured !== undefined) algorithms.set("screening-eagle", configured);
    polymint = await startPolymint({ algorithms });
  });
  afterAll(() => polymint.stop());

  /** @returns the algorithms of the id tokens that the code and the refresh token give, and of the access token */
  async function listAlgorithms(app: Awaited<ReturnType<typeof registerApp>>) {
    const first = await app.tokens();
    const second = await expectTokens(app.refresh(first.refresh_token));
    return {
      idToken: await verifyIdToken(polymint, first.id_token, first.access_token),
      refreshed: await verifyIdToken(polymint, second.id_token ?? "", second.access_token),
      accessToken: decode(first.access_token, { complete: true })?.header.alg,
    };
  }

  it("may be signed RS256 in any case, and with the contract's own algorithm (OIDC Discovery §3)", async () => {
    expect(await listSupported(polymint)).toEqual(supported);
  });

  it("are signed RS256 for a client that is registered without an algorithm", async () => {
    expect(await listAlgorithms(await registerApp(polymint))).toEqual({ idToken: "RS256", refreshed: "RS256", accessToken: own });
  });

  it("are signed with the algorithm that the client chose", async () => {
    for (const idTokenAlgorithm of supported) {
      const app = await registerApp(polymint, { idTokenAlgorithm });
      expect(await listAlgorithms(app)).toEqual({ idToken: idTokenAlgorithm, refreshed: idTokenAlgorithm, accessToken: own });
    }
  });

  it("are signed as before for a client from before it could choose", async () => {
    const app = await registerApp(polymint);
    await polymint.database.build((knex) => knex("clients").where("id", app.id).update({ id_token_signed_response_alg: null }));
    expect(await listAlgorithms(app)).toEqual({ idToken: own, refreshed: own, accessToken: own });
  });

  it("have no algorithm of which the server has no key", async () => {
    const app = await registerApp(polymint, { idTokenAlgorithm: "RS256" });
    for (const outdated of (["ES256", "PS256"] as const).filter((each) => !supported.includes(each))) {
      await polymint.database.build((knex) => knex("clients").where("id", app.id).update({ id_token_signed_response_alg: outdated }));
      polymint.clock.advance(2);
      expect(await listAlgorithms(app)).toMatchObject({ idToken: "RS256", refreshed: "RS256" });
    }
    for (const idTokenAlgorithm of (["RS256", "ES256", "PS256"] as const).filter((each) => !supported.includes(each))) {
      const message = `id_tokens of screening-eagle are signed with ${supported.join(" or ")}, and not with ${idTokenAlgorithm}`;
      await expect(registerApp(polymint, { idTokenAlgorithm })).rejects.toThrow(message);
    }
  });
});

describe("a client of contracts without id tokens", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  it("has no algorithm for them and cannot choose one", async () => {
    const { client } = await polymint.register({ contracts: ["abbeycross"] });
    expect(client.idTokenAlgorithm).toBeNull();
    const chosen = polymint.register({ contracts: ["abbeycross"], idTokenAlgorithm: "RS256" });
    await expect(chosen).rejects.toThrow("none of its contracts issues id_tokens");
  });

  it("may choose one if another of its contracts has id tokens", async () => {
    const contracts = ["abbeycross", "screening-eagle"];
    const { client } = await polymint.register({ contracts, idTokenAlgorithm: "ES256" });
    expect(client.idTokenAlgorithm).toBe("ES256");
  });
});
