import { decode, sign } from "jsonwebtoken";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import request, { type Response, type Test } from "supertest";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeKeyRing } from "../../src/keys/key-ring";
import { makeSigner } from "../../src/keys/signer";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { makeSigningKeys } from "../../src/store/signing-keys";
import spec from "../../generated/services/oauth2.json";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { jwtBearer, registerAssertionClient } from "../harness/assertion-client";
import { basic, logIn, tokenOf } from "../harness/bearer-tokens";
import { contractNames } from "../harness/token-requests";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { registerApp } from "../harness/screening-eagle-app";
import { withoutTable } from "../../src/contract-suite/tables";

/** A response whose body has no assumed type. */
type UntypedResponse = Omit<Response, "body"> & { body: unknown };

const path = "/oauth2/introspect";

function post(polymint: TestPolymint, form: Record<string, string>, authorization = ""): Test {
  const test = request(polymint.url).post(path).type("form");
  return (authorization === "" ? test : test.set("Authorization", authorization)).send(form);
}
async function expectResponse(status: number, test: Test): Promise<UntypedResponse> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "oauth2", path);
  return response;
}
async function expectRefusal(status: number, error: string, test: Test): Promise<UntypedResponse> {
  const response = await expectResponse(status, test);
  expect(response.body).toEqual({ error, error_description: expect.any(String) as string });
  if (status === 401) expect(response.headers["www-authenticate"]).toMatch(/^Basic realm="/);
  return response;
}
async function registerIntrospecting(polymint: TestPolymint): Promise<string> {
  const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
  return basic(client.id, secret?.value ?? "");
}

describe("POST /oauth2/introspect", () => {
  let polymint: TestPolymint;
  let asker: string;
  beforeAll(async () => {
    polymint = await startPolymint();
    asker = await registerIntrospecting(polymint);
  });
  afterAll(() => polymint.stop());

  async function expectInactive(token: string, authorization = asker): Promise<void> {
    const response = await expectResponse(200, post(polymint, { token }, authorization));
    expect(response.text).toBe('{"active":false}');
  }
  const claimsOf = (token: string) => decode(token) as Record<string, unknown> & { jti: string; exp: number };

  describe("an active token", () => {
    const expectedClaims: Readonly<Record<string, (own: TestPolymint) => object>> = {
      abbeycross: () => ({ client_id: "demo-abbeycross", sub: "demo-abbeycross", scope: "accounts payments" }),
      firstvision: () => ({ client_id: "demo-firstvision", sub: "demo-firstvision", scope: "edit", firstVisionId: "00000AUNAB" }),
      raidiam: () => ({ client_id: "demo-raidiam", sub: "demo-raidiam", scope: "directory:software" }),
      "screening-eagle": () => ({ client_id: "demo-screening-eagle", sub: "1302", scope: "inspect email", userID: 1302 }),
      weavr: ({ user }) => ({ client_id: "demo-weavr", sub: user.identities[0]?.id, credentials: { type: "ROOT", id: user.id } }),
    };

    it.each(contractNames)("of %s is answered with its claims and what the ledger knows", async (contract) => {
      const token = await tokenOf(polymint, contract);
      const { body } = await expectResponse(200, post(polymint, { token }, asker));
      const expected = { ...claimsOf(token), ...expectedClaims[contract]?.(polymint), active: true, token_type: "Bearer" };
      expect(body).toEqual(expected);
      expect(body).toMatchObject({ iss: polymint.issuer, iat: expect.any(Number) as number, exp: expect.any(Number) as number });
    });

    it("is answered the same with any hint and other parameters, and more than once", async () => {
      const token = await tokenOf(polymint, "abbeycross");
      for (const more of [{ token_type_hint: "refresh_token" }, { token_type_hint: "nonsense" }, { token_type_hint: "", resource: "x" }]) {
        expect((await expectResponse(200, post(polymint, { token, ...more }, asker))).body).toMatchObject({ active: true });
      }
    });
  });

  describe("an inactive token", () => {
    it.each(contractNames)('of %s is answered with exactly {"active":false} once it is revoked', async (contract) => {
      const token = await tokenOf(polymint, contract);
      const { jti, exp } = claimsOf(token);
      expect(await makeLedgerReader(polymint.database).revoke(jti, exp, Math.floor(polymint.clock() / 1000))).toBe(true);
      await expectInactive(token);
    });

    it('is answered with exactly {"active":false} from the second at which it expires', async () => {
      const token = await tokenOf(polymint, "weavr");
      polymint.clock.advance(899);
      expect((await expectResponse(200, post(polymint, { token }, asker))).body).toMatchObject({ active: true });
      polymint.clock.advance(1);
      await expectInactive(token);
    });

    it('is answered with exactly {"active":false} if it is not a token', async () => {
      for (const garbage of ["x", "a.b.c", "....", "\u00e9", "x".repeat(16_384), "eyJhbGciOiJub25lIn0.e30.", "null.null.null", "e30.."]) {
        await expectInactive(garbage);
      }
      await expectInactive(await logIn(polymint));
      await expectInactive(polymint.clients.abbeycross.secret);
    });

    it('is answered with exactly {"active":false} if it was changed', async () => {
      const [head = "", payload = "", signature = ""] = (await tokenOf(polymint, "abbeycross")).split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
      const richer = Buffer.from(JSON.stringify({ ...claims, scope: "all" })).toString("base64url");
      const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
      const flipped = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      for (const parts of [
        [head, richer, signature],
        [head, payload, flipped],
        [head, payload, ""],
        [unsigned, payload, ""],
        [head, payload],
      ]) {
        await expectInactive(parts.join("."));
      }
    });

    it('is answered with exactly {"active":false} if it is an id token, or has the typ of another kind of token', async () => {
      const app = await registerApp(polymint);
      const { access_token, id_token } = await app.tokens();
      const { masterKey, clock } = polymint;
      const signer = makeSigner(makeKeyRing({ store: makeSigningKeys(polymint.database), masterKey, clock, longestTokenSeconds }));
      await expectInactive(id_token);
      await expectInactive(await signer.sign("ES256", "logout+jwt", claimsOf(access_token)));
      const earlier = await signer.sign("ES256", "JWT", claimsOf(access_token));
      expect((await expectResponse(200, post(polymint, { token: earlier }, asker))).body).toMatchObject({ active: true });
    });

    it('is answered with exactly {"active":false} if another key signed it, under our kid or with our public key as a secret', async () => {
      const token = await tokenOf(polymint, "abbeycross");
      const kid = decode(token, { complete: true })?.header.kid ?? "";
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      await expectInactive(sign(claimsOf(token), privateKey, { algorithm: "ES256", keyid: kid }));
      const { text: jwks } = await request(polymint.url).get("/.well-known/jwks.json");
      await expectInactive(sign(claimsOf(token), jwks, { algorithm: "HS256", keyid: kid }));
    });

    it('is answered with exactly {"active":false} if we signed it for another issuer or the ledger does not have it', async () => {
      const store = makeSigningKeys(polymint.database);
      const { masterKey, clock } = polymint;
      const signer = makeSigner(makeKeyRing({ store, masterKey, clock, longestTokenSeconds }));
      const claims = claimsOf(await tokenOf(polymint, "abbeycross"));
      const signed = (changed: object) => signer.sign("ES256", "at+jwt", { ...claims, ...changed });
      expect((await expectResponse(200, post(polymint, { token: await signed({}) }, asker))).body).toMatchObject({ active: true });
      for (const changed of [
        { iss: "https://elsewhere.example" },
        { jti: randomUUID() },
        { jti: "x" },
        { jti: 7 },
        { exp: claims.exp + 1 },
        { exp: "x" },
      ]) {
        await expectInactive(await signed(changed));
      }
    });

    it('is answered with exactly {"active":false} if it is another Polymint\'s', async () => {
      const other = await startPolymint({ issuer: polymint.issuer });
      const token = await tokenOf(other, "abbeycross").finally(() => other.stop());
      await expectInactive(token);
    });
  });

  describe("client authentication", () => {
    it("accepts a secret in the form if the client is registered so", async () => {
      const { client, secret } = await polymint.register({
        contracts: [],
        services: ["introspection"],
        authMethods: ["client_secret_post"],
      });
      const form = { token: "x", client_id: client.id, client_secret: secret?.value ?? "" };
      await expectResponse(200, post(polymint, form));
      await expectRefusal(401, "invalid_client", post(polymint, { token: "x" }, basic(client.id, form.client_secret)));
      await expectRefusal(401, "invalid_client", post(polymint, { ...form, client_secret: "wrong" }));
    });

    it("accepts an assertion for the issuer or the endpoint, once", async () => {
      const client = await registerAssertionClient(polymint, { contracts: [], services: ["introspection"] });
      for (const audience of [polymint.issuer, `${polymint.issuer}${path}`]) {
        const form = { token: "x", ...client.proof(audience) };
        await expectResponse(200, post(polymint, form));
        await expectRefusal(401, "invalid_client", post(polymint, form));
      }
      await expectRefusal(401, "invalid_client", post(polymint, { token: "x", ...client.proof(`${polymint.issuer}/oauth2/revoke`) }));
      await expectResponse(200, post(polymint, { token: "x", client_id: client.id, ...client.proof() }));
      await expectRefusal(401, "invalid_client", post(polymint, { token: "x", client_id: "x", ...client.proof() }));
    });

    it("accepts one of several requests at once with the same assertion", async () => {
      const client = await registerAssertionClient(polymint, { contracts: [], services: ["introspection"] });
      const form = { token: "x", ...client.proof() };
      const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await post(polymint, form)).status));
      expect(statuses.sort()).toEqual([200, ...Array.from({ length: 7 }, () => 401)]);
    });

    it("accepts a contract's client that is registered for introspection", async () => {
      const { client, secret } = await polymint.register({ contracts: ["firstvision"], services: ["introspection"], scopes: ["edit"] });
      await expectResponse(200, post(polymint, { token: "x" }, basic(client.id, secret?.value ?? "")));
    });
  });

  describe("the refusals", () => {
    it("answer 403 to a client that is not registered for introspection, and do not spend its assertion", async () => {
      const { secret } = polymint.clients.firstvision;
      await expectRefusal(403, "unauthorized_client", post(polymint, { token: "x" }, basic("demo-firstvision", secret)));
      const revoker = await registerAssertionClient(polymint, { contracts: ["raidiam"], services: ["revocation"] });
      const proof = revoker.proof();
      await expectRefusal(403, "unauthorized_client", post(polymint, { token: "x", ...proof }));
      await request(polymint.url).post("/token").type("form").send(proof).expect(200);
    });

    it("answer 401 with a challenge alike to unknown clients, wrong secrets and disabled clients", async () => {
      const disabled = await polymint.register({ contracts: [], services: ["introspection"] });
      await polymint.database.build((knex) => knex("clients").where("id", disabled.client.id).update("status", "disabled"));
      const authorizations = [
        "",
        basic("nobody", "x"),
        basic(disabled.client.id, "x"),
        basic(disabled.client.id, disabled.secret?.value ?? ""),
        "Basic ***",
        `Bearer ${await tokenOf(polymint, "abbeycross")}`,
      ];
      const texts = await Promise.all(
        authorizations.map(async (each) => (await expectRefusal(401, "invalid_client", post(polymint, { token: "x" }, each))).text),
      );
      expect(new Set(texts).size).toBe(1);
    });

    it.each<[string, Record<string, string>, string]>([
      ["no token", {}, "token is required."],
      ["an empty token", { token: "" }, "token is required."],
      ["a token that is too long", { token: "x".repeat(16_385) }, "token must NOT have more than 16384 characters."],
      ["an assertion without its type", { token: "x", client_assertion: "x" }, "client_assertion_type is required."],
      ["a type without its assertion", { token: "x", client_assertion_type: jwtBearer }, "client_assertion is required."],
    ])("answer 400 to %s", async (_what, form, description) => {
      const { body } = await expectRefusal(400, "invalid_request", post(polymint, form, asker));
      expect(body).toMatchObject({ error_description: description });
    });

    it("answer 400 to two ways of authentication at once", async () => {
      const client = await registerAssertionClient(polymint, { contracts: [], services: ["introspection"] });
      await expectRefusal(400, "invalid_request", post(polymint, { token: "x", client_id: "x", client_secret: "y" }, asker));
      await expectRefusal(400, "invalid_request", post(polymint, { token: "x", ...client.proof() }, asker));
      await expectRefusal(
        400,
        "invalid_request",
        post(polymint, { token: "x", client_secret: "y", client_id: client.id, ...client.proof() }),
      );
    });

    it("answer 400 to a token in the query, which is ignored beside one in the body", async () => {
      const token = await tokenOf(polymint, "abbeycross");
      const send = (query: string, form: object) =>
        request(polymint.url).post(`${path}?${query}`).type("form").set("Authorization", asker).send(form);
      await expectRefusal(400, "invalid_request", send(`token=${token}`, {}));
      expect((await expectResponse(200, send(`token=${token}`, { token: "x" }))).body).toEqual({ active: false });
    });

    it("take an optional parameter without a value for absent, and the spec allows it", async () => {
      const form = { token: "x", token_type_hint: "", client_id: "", client_secret: "", client_assertion: "" };
      expect(
        (await expectResponse(200, request(polymint.url).post(path).type("form").set("Authorization", asker).send(form))).body,
      ).toEqual({
        active: false,
      });
      const { properties } = spec.components.schemas.TokenQuery;
      expect(Object.entries(properties).flatMap(([name, schema]) => ("minLength" in schema ? name : []))).toEqual(["token"]);
    });

    it.each([
      ["a repeated token", "token=a&token=b"],
      ["a broken escape", "token=%zz"],
      ["a NUL", "token=%00"],
      ["bytes that are not UTF-8", "token=%ff"],
    ])("answer 400 to a form with %s", async (_what, form) => {
      await expectRefusal(400, "invalid_request", request(polymint.url).post(path).type("form").set("Authorization", asker).send(form));
    });

    it("answer 404, 405, 413 and 415 as HTTP does", async () => {
      const at = (target: string) => request(polymint.url).post(target).set("Authorization", asker);
      await expectRefusal(415, "invalid_request", at(path).type("json").send('{"token":"x"}'));
      await expectRefusal(
        413,
        "invalid_request",
        at(path)
          .type("form")
          .send(`token=${"x".repeat(65_536)}`),
      );
      const get = await expectRefusal(405, "invalid_request", request(polymint.url).get(path).set("Authorization", asker));
      expect(get.headers.allow).toBe("POST");
      await expectRefusal(404, "invalid_request", at(`${path}/`).type("form").send({ token: "x" }));
    });
  });

  it("logs the request, and never the token or the secret", async () => {
    const token = await tokenOf(polymint, "abbeycross");
    await expectResponse(200, post(polymint, { token }, asker));
    expect(polymint.logs.at(-1)).toMatchObject({ contract: "oauth2", grant: "introspection", outcome: "ok" });
    const secret = Buffer.from(asker.slice("Basic ".length), "base64").toString().split(":")[1] ?? "none";
    for (const hidden of [token.split(".")[2] ?? "none", secret]) expect(JSON.stringify(polymint.logs)).not.toContain(hidden);
  });
});

describe("POST /oauth2/introspect, during faults", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  let asker: string;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000 }));
    asker = await registerIntrospecting(polymint);
  });
  afterAll(() => stop());

  it("answers 503, and never that a token is inactive, while the database is unreachable or silent", async () => {
    const token = await tokenOf(polymint, "abbeycross");
    for (const breakIt of [() => wire.cut(), () => wire.silence()]) {
      await expectResponse(200, post(polymint, { token }, asker));
      breakIt();
      const response = await expectRefusal(503, "temporarily_unavailable", post(polymint, { token }, asker));
      expect(response.headers["retry-after"]).toMatch(/^\d+$/);
      wire.mend();
    }
    expect((await expectResponse(200, post(polymint, { token }, asker))).body).toMatchObject({ active: true });
  });

  it("answers an unforeseen failure with 500, and only the log has its cause", async () => {
    const token = await tokenOf(polymint, "abbeycross");
    const response = await withoutTable(polymint, "issued_tokens", () => post(polymint, { token }, asker));
    expect([response.status, response.text.includes("issued_tokens")]).toEqual([500, false]);
    mustConform(response, "oauth2", path);
    expect(polymint.logs.at(-1)?.detail).toContain("issued_tokens");
  });
});

describe("POST /oauth2/introspect, at capacity", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ maxInFlight: 0 });
  });
  afterAll(() => polymint.stop());

  it("answers 429", async () => {
    const response = await expectRefusal(429, "temporarily_unavailable", post(polymint, { token: "x" }));
    expect(response.headers["retry-after"]).toBe("1");
  });
});
