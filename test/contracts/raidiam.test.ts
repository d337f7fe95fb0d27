import { decode } from "jsonwebtoken";
import { randomUUID } from "node:crypto";
import request, { type Response, type Test } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { jwtBearer, registerAssertionClient } from "../harness/assertion-client";
import { countIssuedTokens } from "../../src/contract-suite/tables";
import { everyContract } from "../../src/contract-suite";

const path = "/token";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type RaidiamFormFields = Record<string, string>;
interface RaidiamError {
  error: string;
  error_description: string;
}

const clientIdOf = (polymint: TestPolymint) => polymint.clients.raidiam.clientId;
const assertionOf = (polymint: TestPolymint, claims?: Record<string, unknown>, audience = polymint.issuer) =>
  polymint.clients.raidiam.assertion(audience, claims);
const proofOf = (polymint: TestPolymint): RaidiamFormFields => ({
  client_assertion_type: jwtBearer,
  client_assertion: assertionOf(polymint),
});
const post = (polymint: TestPolymint, form: RaidiamFormFields) => request(polymint.url).post(path).type("form").send(form);

everyContract({
  name: "raidiam",
  statuses: { malformed: 400, badTarget: 400, wrongCredential: 400, unreachable: 502, timedOut: 504, bodyNotRead: 415 },
  wrongCredentials: (polymint) => [
    post(polymint, { ...proofOf(polymint), client_assertion: assertionOf(polymint, { iss: "nobody", sub: "nobody" }) }),
    post(polymint, { ...proofOf(polymint), client_assertion: assertionOf(polymint, {}, "https://elsewhere.example") }),
    post(polymint, { ...proofOf(polymint), client_assertion: assertionOf(polymint).slice(0, -8) }),
    post(polymint, { ...proofOf(polymint), client_id: "another" }),
    post(polymint, { client_id: "demo-abbeycross", client_secret: polymint.clients.abbeycross.secret }),
    post(polymint, { client_id: clientIdOf(polymint) }),
    post(polymint, {}),
  ],
});

describe("raidiam", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  /** Expects a response that fits the contract, with this status. */
  async function expectResponse(status: number, test: Test): Promise<Response> {
    const response = await test;
    expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
    mustConform(response, "raidiam", path);
    expect(response.headers["x-fapi-interaction-id"]).toMatch(uuid);
    return response;
  }
  async function expectRefusal(error: string, test: Test): Promise<string> {
    const before = await countIssuedTokens(polymint);
    const body = (await expectResponse(400, test)).body as RaidiamError;
    expect(body).toEqual({ error, error_description: expect.stringMatching(/^[\x20-\x7e]+$/) as string });
    expect(await countIssuedTokens(polymint)).toBe(before);
    return body.error_description;
  }
  const expectToken = async (test: Test) =>
    (await expectResponse(200, test)).body as { access_token: string; scope?: string; expires_in: number };

  describe("an access token", () => {
    it("lives ten minutes and has the client's scopes", async () => {
      expect(await expectToken(post(polymint, proofOf(polymint)))).toEqual({
        access_token: expect.any(String) as string,
        expires_in: 600,
        token_type: "Bearer",
        scope: "directory:software",
      });
    });

    it("has these claims and no others", async () => {
      const { access_token: token } = await expectToken(post(polymint, proofOf(polymint)));
      const iat = Math.floor(polymint.clock() / 1000);
      expect(decode(token, { complete: true })).toMatchObject({
        header: { alg: "ES256", typ: "at+jwt", kid: expect.any(String) as string },
      });
      expect(decode(token)).toEqual({
        iss: polymint.issuer,
        sub: clientIdOf(polymint),
        aud: polymint.issuer,
        client_id: clientIdOf(polymint),
        scope: "directory:software",
        iat,
        exp: iat + 600,
        jti: expect.any(String) as string,
      });
    });

    it.each<[string, (polymint: TestPolymint) => RaidiamFormFields]>([
      ["client_credentials", (own) => ({ grant_type: "client_credentials", ...proofOf(own) })],
      ["no grant type, which means client_credentials", (own) => proofOf(own)],
      ["an empty grant type, which counts as absent", (own) => ({ grant_type: "", ...proofOf(own) })],
      ["private_key_jwt", (own) => ({ grant_type: "private_key_jwt", client_id: clientIdOf(own), ...proofOf(own) })],
      ["an assertion under its other name", (own) => ({ client_assertion_type: jwtBearer, assertion: assertionOf(own) })],
      ["an empty assertion under its other name", (own) => ({ ...proofOf(own), assertion: "" })],
      ["its client id beside the assertion", (own) => ({ ...proofOf(own), client_id: clientIdOf(own) })],
      ["an empty client id and an empty scope", (own) => ({ ...proofOf(own), client_id: "", scope: "" })],
      ["unknown parameters", (own) => ({ ...proofOf(own), resource: "x", device_code: "y" })],
      ["the endpoint as audience", (own) => ({ ...proofOf(own), client_assertion: assertionOf(own, {}, `${own.issuer}${path}`) })],
    ])("is issued for %s", async (_what, form) => {
      await expectToken(post(polymint, form(polymint)));
    });

    it("is issued whatever the query says", async () => {
      await expectToken(request(polymint.url).post(`${path}?scope=x&grant_type=y&a=`).type("form").send(proofOf(polymint)));
    });

    it.each([
      "6f1c1a52-7a0f-4c86-9a55-0d1b3b2f7f11",
      "aCnBHjZBvD6ku3KVBaslL",
      "V1StGXR8_Z5jdHi6B-myT",
      "https://client.example/app",
      `https://client.example/${"x".repeat(232)}`,
    ])("is issued to a client called %s", async (id) => {
      const client = await registerAssertionClient(polymint, { id, name: "Client", contracts: ["raidiam"] });
      for (const form of [client.proof(), { ...client.proof(), client_id: id, grant_type: "private_key_jwt" }]) {
        const { access_token: token } = await expectToken(post(polymint, form));
        expect(decode(token)).toMatchObject({ sub: id, client_id: id });
      }
    });

    it("lives as long as the client is registered for", async () => {
      const client = await registerAssertionClient(polymint, { contracts: ["raidiam"], lifetimeSeconds: 42 });
      const { access_token: token, expires_in } = await expectToken(post(polymint, client.proof()));
      const { iat = 0, exp } = decode(token) as { iat?: number; exp?: number };
      expect([expires_in, exp]).toEqual([42, iat + 42]);
    });
  });

  describe("the scope", () => {
    it("is the requested scope, each value once and in that order", async () => {
      const client = await registerAssertionClient(polymint, { contracts: ["raidiam"], scopes: ["a", "b", "https://c.example/d+e"] });
      for (const [asked, expected] of [
        ["b", "b"],
        ["b a  b ", "b a"],
        ["https://c.example/d+e", "https://c.example/d+e"],
        ["", "a b https://c.example/d+e"],
      ] as const) {
        const { scope, access_token: token } = await expectToken(post(polymint, { ...client.proof(), scope: asked }));
        expect(scope).toBe(expected);
        expect(decode(token)).toMatchObject({ scope: expected });
      }
    });

    it("is left out for a client without scopes", async () => {
      const client = await registerAssertionClient(polymint, { contracts: ["raidiam"] });
      const body = await expectToken(post(polymint, client.proof()));
      expect(body).not.toHaveProperty("scope");
      expect(decode(body.access_token)).not.toHaveProperty("scope");
    });

    it("is refused if the client does not have it, also beside one that it has", async () => {
      await expectRefusal("invalid_scope", post(polymint, { ...proofOf(polymint), scope: "other" }));
      await expectRefusal("invalid_scope", post(polymint, { ...proofOf(polymint), scope: "directory:software other" }));
    });
  });

  describe("a refusal", () => {
    it.each<[string, string, (polymint: TestPolymint) => RaidiamFormFields]>([
      ["invalid_client", "tls_client_auth without a certificate", (own) => ({ grant_type: "tls_client_auth", client_id: clientIdOf(own) })],
      [
        "invalid_client",
        "tls_client_auth with an assertion in place of a certificate",
        (own) => ({ grant_type: "tls_client_auth", ...proofOf(own) }),
      ],
      [
        "unauthorized_client",
        "a device code of a client that is not registered for one",
        (own) => ({ grant_type: "urn:ietf:params:oauth:grant-type:device_code", ...proofOf(own), device_code: "x" }),
      ],
      [
        "invalid_request",
        "the device grant without its code",
        (own) => ({ grant_type: "urn:ietf:params:oauth:grant-type:device_code", ...proofOf(own) }),
      ],
      ["unsupported_grant_type", "an unknown grant type", (own) => ({ grant_type: "password", ...proofOf(own) })],
      ["unsupported_grant_type", "a grant type in other letters", (own) => ({ grant_type: "Client_Credentials", ...proofOf(own) })],
      ["invalid_request", "private_key_jwt without a client id", (own) => ({ grant_type: "private_key_jwt", ...proofOf(own) })],
      [
        "invalid_request",
        "private_key_jwt without an assertion",
        (own) => ({ grant_type: "private_key_jwt", client_id: clientIdOf(own), client_assertion_type: jwtBearer }),
      ],
      [
        "invalid_request",
        "private_key_jwt without the assertion's type",
        (own) => ({ grant_type: "private_key_jwt", client_id: clientIdOf(own), assertion: assertionOf(own) }),
      ],
      ["invalid_request", "an assertion without its type", (own) => ({ client_assertion: assertionOf(own) })],
      ["invalid_request", "a type without its assertion", () => ({ client_assertion_type: jwtBearer })],
      ["invalid_request", "an assertion of another type", (own) => ({ ...proofOf(own), client_assertion_type: "saml2-bearer" })],
      ["invalid_request", "a type of over 160 characters", (own) => ({ ...proofOf(own), client_assertion_type: "x".repeat(161) })],
      ["invalid_request", "the assertion under both names", (own) => ({ ...proofOf(own), assertion: assertionOf(own) })],
      ["invalid_request", "a client id of 256 characters", (own) => ({ ...proofOf(own), client_id: "x".repeat(256) })],
      ["invalid_request", "a blank scope", (own) => ({ ...proofOf(own), scope: "  " })],
      ["invalid_request", "a secret beside an assertion", (own) => ({ ...proofOf(own), client_secret: "x" })],
      ["invalid_client", "an unknown client", (own) => ({ ...proofOf(own), client_assertion: assertionOf(own, { iss: "x", sub: "x" }) })],
      ["invalid_client", "an assertion for another audience", (own) => ({ ...proofOf(own), client_assertion: assertionOf(own, {}, "x") })],
      ["invalid_client", "a text that is not an assertion", (own) => ({ ...proofOf(own), client_assertion: "x" })],
      ["invalid_client", "a client id that is not the assertion's", (own) => ({ ...proofOf(own), client_id: "x" })],
      ["invalid_client", "a shared secret", (own) => ({ client_id: clientIdOf(own), client_secret: "x" })],
      ["invalid_client", "no proof at all", (own) => ({ client_id: clientIdOf(own) })],
      ["invalid_client", "nothing at all", () => ({})],
    ])("%s answers %s", async (error, _what, form) => {
      await expectRefusal(error, post(polymint, form(polymint)));
    });

    it("names everything that is missing at once", async () => {
      const description = await expectRefusal("invalid_request", post(polymint, { grant_type: "private_key_jwt" }));
      for (const name of ["client_id", "client_assertion_type", "client_assertion"]) expect(description).toContain(`${name} is required`);
    });

    it("answers a Basic header, alone or beside an assertion", async () => {
      const { clientId, secret } = polymint.clients.firstvision;
      await expectRefusal("invalid_client", post(polymint, {}).auth(clientId, secret));
      await expectRefusal("invalid_request", post(polymint, proofOf(polymint)).auth(clientId, secret));
    });

    it("answers an assertion that comes a second time", async () => {
      const form = proofOf(polymint);
      await expectToken(post(polymint, form));
      await expectRefusal("invalid_client", post(polymint, form));
    });

    it("for another reason does not spend the assertion", async () => {
      const form = proofOf(polymint);
      await expectRefusal("invalid_scope", post(polymint, { ...form, scope: "other" }));
      await expectToken(post(polymint, form));
    });

    it("answers a client that is not registered for the grant", async () => {
      const client = await registerAssertionClient(polymint, { contracts: ["raidiam"], grants: [] });
      await expectRefusal("unauthorized_client", post(polymint, client.proof()));
    });

    it("answers a disabled client, and one of another contract, like an unknown one", async () => {
      const disabled = await registerAssertionClient(polymint, { contracts: ["raidiam"] });
      await polymint.database.build((knex) => knex("clients").where({ id: disabled.id }).update({ status: "disabled" }));
      const elsewhere = await registerAssertionClient(polymint, { contracts: [], services: ["introspection"] });
      const unknown = { ...proofOf(polymint), client_assertion: assertionOf(polymint, { iss: "x", sub: "x" }) };
      const texts = await Promise.all(
        [disabled.proof(), elsewhere.proof(), unknown].map(async (form) => (await expectResponse(400, post(polymint, form))).text),
      );
      expect(new Set(texts)).toEqual(new Set(['{"error":"invalid_client","error_description":"Client authentication failed."}']));
    });
  });

  describe("x-fapi-interaction-id", () => {
    const send = (value: string, form = proofOf(polymint)) => post(polymint, form).set("x-fapi-interaction-id", value);

    it.each([
      "73cac523-d3ae-2289-b106-330a6218710d",
      "73CAC523-D3AE-4289-B106-330A6218710D",
      "00000000-0000-0000-0000-000000000000",
      "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ])("%s is echoed, with a token and without", async (id) => {
      for (const [status, form] of [
        [200, proofOf(polymint)],
        [400, {}],
      ] as const) {
        const response = await send(id, form);
        expect(response.status).toBe(status);
        mustConform(response, "raidiam", path);
        expect(response.headers["x-fapi-interaction-id"]).toBe(id);
      }
    });

    it("is a new one each time if there was none", async () => {
      const ids = await Promise.all(
        [1, 2].map(async () => (await expectResponse(200, post(polymint, proofOf(polymint)))).headers["x-fapi-interaction-id"] as string),
      );
      expect(new Set(ids).size).toBe(2);
    });

    it.each([
      "no-uuid",
      "73cac523d3ae2289b106330a6218710d",
      "{73cac523-d3ae-2289-b106-330a6218710d}",
      "urn:uuid:73cac523-d3ae-2289-b106-330a6218710d",
      "73cac523-d3ae-2289-b106-330a6218710g",
      "73cac523-d3ae-2289-b106-330a6218710d, 73cac523-d3ae-2289-b106-330a6218710d",
    ])("%s is refused, with a new id", async (id) => {
      const form = proofOf(polymint);
      const response = await expectResponse(400, send(id, form));
      expect((response.body as RaidiamError).error).toBe("invalid_request");
      expect(response.headers["x-fapi-interaction-id"]).not.toContain(id);
      expect(response.text).not.toContain(id);
      await expectToken(post(polymint, form));
    });

    it("is on answers of every other kind too", async () => {
      const id = randomUUID();
      const answers = await Promise.all([
        request(polymint.url).post(`${path}/x`).set("x-fapi-interaction-id", id),
        request(polymint.url).get(path).set("x-fapi-interaction-id", id),
        request(polymint.url).post(path).set("x-fapi-interaction-id", id).set("accept", "text/html"),
        request(polymint.url).post(path).set("x-fapi-interaction-id", id).type("text/plain").send("x"),
        request(polymint.url).post(path).set("x-fapi-interaction-id", id).type("form").send("x".repeat(70_000)),
      ]);
      expect(answers.map((response) => response.status)).toEqual([404, 405, 406, 415, 413]);
      for (const response of answers) {
        mustConform(response, "raidiam", path);
        expect(response.headers["x-fapi-interaction-id"]).toBe(id);
      }
      expect(answers[0].body).toEqual({ errors: ["There is nothing at this path."] });
    });

    it("is logged beside the private reason", async () => {
      const id = randomUUID();
      await expectResponse(400, send(id, {}));
      expect(polymint.logs.find((line) => line.correlationId === id)).toMatchObject({
        contract: "raidiam",
        outcome: "invalid_client",
        detail: "no credential was presented",
      });
    });
  });

  describe("x-fapi-customer-ip-address", () => {
    it.each([
      "192.0.2.1",
      "0.0.0.0",
      "255.255.255.255",
      "2001:db8::8a2e:370:7334",
      "2001:0db8:0000:0000:0000:8a2e:0370:7334",
      "2001:DB8::1",
      "::",
      "::1",
      "1::",
      "::ffff:1.2.3.4",
      "::ffff:102:304",
      "64:ff9b::192.0.2.33",
      "fe80::1%eth0",
    ])("%s is accepted", async (address) => {
      await expectToken(post(polymint, proofOf(polymint)).set("x-fapi-customer-ip-address", address));
    });

    it.each(["256.1.1.1", "1.2.3", "1.2.3.4.5", "localhost", "2001:db8::1::2", "12345::", "1.2.3.4, 5.6.7.8"])(
      "%s is refused",
      async (address) => {
        await expectRefusal("invalid_request", post(polymint, proofOf(polymint)).set("x-fapi-customer-ip-address", address));
      },
    );
  });

  describe("x-fapi-auth-date", () => {
    it.each(["Sun, 10 Sep 2017 19:43:31 UTC", "Tue, 04 Mar 2025 08:15:00 GMT"])("%s is accepted", async (date) => {
      await expectToken(post(polymint, proofOf(polymint)).set("x-fapi-auth-date", date));
    });

    it.each([
      "2017-09-10T19:43:31Z",
      "Sun, 10 Sep 2017 19:43:31",
      "Sun, 10 Sep 2017 19:43:31 CET",
      "Sun, 10 Sep 2017 19:43:31 +0000",
      "Sun, 1 Sep 2017 19:43:31 GMT",
      "Sun 10 Sep 2017 19:43:31 GMT",
      "sun, 10 sep 2017 19:43:31 gmt",
      "x Sun, 10 Sep 2017 19:43:31 GMT",
    ])("%s is refused", async (date) => {
      const description = await expectRefusal("invalid_request", post(polymint, proofOf(polymint)).set("x-fapi-auth-date", date));
      expect(description).toContain("x-fapi-auth-date");
      expect(description).not.toContain("Sep");
    });
  });

  it("accepts any user agent", async () => {
    await expectToken(post(polymint, proofOf(polymint)).set("x-customer-user-agent", "Mozilla/5.0 (X11; Linux x86_64) \u00e9"));
  });

  describe("the Accept header", () => {
    it.each([
      "application/json",
      "*/*",
      "application/*",
      "text/html, application/json;q=0.1",
      "application/json; charset=utf-8",
      "application/json;charset=UTF-8;q=0.9",
      "APPLICATION/JSON",
    ])("%s gets JSON", async (accept) => {
      await expectToken(post(polymint, proofOf(polymint)).set("accept", accept));
    });

    it.each(["text/html", "application/xml", "application/json;q=0", "*/*, application/json;q=0", "text/*"])(
      "%s gets 406 and no body",
      async (accept) => {
        const before = await countIssuedTokens(polymint);
        const response = await expectResponse(406, post(polymint, proofOf(polymint)).set("accept", accept));
        expect(response.text).toBe("");
        expect(await countIssuedTokens(polymint)).toBe(before);
      },
    );

    it("may be empty or absent", async () => {
      const form = new URLSearchParams(proofOf(polymint)).toString();
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n`;
      expect((await sendRaw(polymint.url, `${head}\r\n${form}`)).status).toBe(200);
      const again = new URLSearchParams(proofOf(polymint)).toString();
      expect((await sendRaw(polymint.url, `${head}Accept:\r\n\r\n${again}`)).status).toBe(200);
    });
  });
});
