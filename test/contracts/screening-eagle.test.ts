import { STATUS_CODES } from "node:http";
import { decode } from "jsonwebtoken";
import request, { type Response, type Test } from "supertest";
import spec from "../../generated/screening-eagle.json";
import { refuse } from "../../src/contracts/screening-eagle/refuse";
import { Refusal } from "../../src/engine/refusal";
import { makeSecret, makeSecretDigest } from "../../src/secrets/secret";
import { makeClientAdmin } from "../../src/store/clients/admin";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { countIssuedTokens } from "../../src/contract-suite/tables";
import { everyContract } from "../../src/contract-suite";

const path = "/api/id/v1/auth/token";
const phrases: Readonly<Record<number, string>> = { 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found" };

type ScreeningEagleFormFields = Record<string, string>;
const asked: ScreeningEagleFormFields = { grant_type: "client_credentials", scope: "inspect email profile" };

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
const ownAuthorization = (polymint: TestPolymint) =>
  basic(polymint.clients["screening-eagle"].clientId, polymint.clients["screening-eagle"].secret);
function post(
  polymint: TestPolymint,
  form: ScreeningEagleFormFields,
  authorization: string | undefined = ownAuthorization(polymint),
): Test {
  const test = request(polymint.url).post(path).type("form");
  return (authorization === "" ? test : test.set("Authorization", authorization)).send(form);
}

everyContract({
  name: "screening-eagle",
  statuses: { malformed: 400, badTarget: 400, wrongCredential: 401, unreachable: 500, timedOut: 500, bodyNotRead: 415 },
  wrongCredentials: (polymint) => [
    post(polymint, asked, basic("demo-screening-eagle", "wrong")),
    post(polymint, asked, basic("nobody", "wrong")),
    post(polymint, asked, basic("demo-firstvision", polymint.clients.firstvision.secret)),
    post(polymint, asked, ""),
  ],
});

describe("screening-eagle", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  async function expectToken(test: Test) {
    const response = await test;
    expect({ status: response.status, text: response.status === 200 ? "" : response.text }).toEqual({ status: 200, text: "" });
    mustConform(response, "screening-eagle", path);
    return response.body as { access_token: string; scope: string; expires_in: number };
  }
  /** Expects a refusal that fits the contract, and that nothing was issued. */
  async function expectRefusal(status: number, test: Test): Promise<Response> {
    const before = await countIssuedTokens(polymint);
    const response = await test;
    expect({ status: response.status, body: response.body as unknown }).toEqual({
      status,
      body: { error: phrases[status], errorDescription: expect.stringMatching(/^[A-Z].+\.$|^[a-z_]+ .+\.$/) as string },
    });
    mustConform(response, "screening-eagle", path);
    expect(await countIssuedTokens(polymint)).toBe(before);
    return response;
  }
  const descriptionOf = (response: Response) => (response.body as { errorDescription: string }).errorDescription;

  describe("an access token", () => {
    it("lives a week, and comes without an id token and a refresh token", async () => {
      expect(await expectToken(post(polymint, asked))).toEqual({
        scope: "inspect email profile",
        token_type: "Bearer",
        access_token: expect.any(String) as string,
        expires_in: 604_800,
      });
    });

    it("has these claims and no others", async () => {
      const { access_token: token } = await expectToken(post(polymint, asked));
      const iat = Math.floor(polymint.clock() / 1000);
      expect(decode(token, { complete: true })).toMatchObject({
        header: { alg: "ES256", typ: "at+jwt", kid: expect.any(String) as string },
      });
      expect(decode(token)).toEqual({
        iss: polymint.issuer,
        aud: "demo-screening-eagle",
        sub: "1302",
        scp: "inspect email profile",
        scopes: [],
        userID: 1302,
        userRegion: "SG",
        iat,
        exp: iat + 604_800,
        jti: expect.any(String) as string,
      });
    });

    it("is about the client itself, without roles, if the client stands for no user", async () => {
      const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], scopes: ["inspect"] });
      const { access_token: token } = await expectToken(
        post(polymint, { ...asked, scope: "inspect" }, basic(client.id, secret?.value ?? "")),
      );
      const claims = decode(token) as Record<string, unknown>;
      expect(claims).toMatchObject({ sub: client.id, aud: client.id, scopes: [] });
      expect(Object.keys(claims).sort()).toEqual(["aud", "exp", "iat", "iss", "jti", "scopes", "scp", "sub"]);
    });

    it("comes alone even with openid and offline, since there is no user", async () => {
      const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], scopes: ["openid", "offline"] });
      const body = await expectToken(post(polymint, { ...asked, scope: "openid offline" }, basic(client.id, secret?.value ?? "")));
      expect(Object.keys(body).sort()).toEqual(["access_token", "expires_in", "scope", "token_type"]);
    });

    it("lives as long as the client is registered for", async () => {
      const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], scopes: ["a"], lifetimeSeconds: 60 });
      expect((await expectToken(post(polymint, { ...asked, scope: "a" }, basic(client.id, secret?.value ?? "")))).expires_in).toBe(60);
    });

    it.each([
      ["profile", "profile"],
      [" email  inspect email ", "email inspect"],
    ])("has the requested scope %j, each value once", async (scope, expected) => {
      const body = await expectToken(post(polymint, { ...asked, scope }));
      expect(body.scope).toBe(expected);
      expect(decode(body.access_token)).toMatchObject({ scp: expected });
    });

    it("is issued whatever else the form and the query hold", async () => {
      const form = { ...asked, audience: "x", client_id: "demo-screening-eagle", code: "", redirect_uri: "", client_secret: "" };
      await expectToken(
        request(polymint.url).post(`${path}?grant_type=x&scope=y`).type("form").set("Authorization", ownAuthorization(polymint)).send(form),
      );
    });
  });

  describe("the Basic header", () => {
    const ids = ["client.example/app", "6f1c1a52-7a0f-4c86-9a55-0d1b3b2f7f11", "V1StGXR8_Z5jdHi6B-myT", "team/app.v2"];

    it.each(ids)("is read percent-encoded for %s", async (id) => {
      const { secret } = await polymint.register({ id, contracts: ["screening-eagle"], scopes: ["a"] });
      const encoded = basic(encodeURIComponent(id), encodeURIComponent(secret?.value ?? ""));
      await expectToken(post(polymint, { ...asked, scope: "a" }, encoded));
      await expectToken(post(polymint, { ...asked, scope: "a" }, basic(id, secret?.value ?? "")));
      const everyByte = Array.from(id, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
      await expectToken(post(polymint, { ...asked, scope: "a" }, basic(everyByte, secret?.value ?? "")));
    });

    it("is read in any case and with one space or several", async () => {
      for (const scheme of ["basic", "BASIC", "Basic  "]) {
        await expectToken(post(polymint, asked, ownAuthorization(polymint).replace("Basic", scheme)));
      }
    });

    it.each([
      ["no header", ""],
      ["another scheme", "Bearer x"],
      ["the scheme alone", "Basic"],
      ["something that is not base64", "Basic ***"],
      ["no colon", `Basic ${Buffer.from("x").toString("base64")}`],
      ["no UTF-8", `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString("base64")}`],
      ["an empty id", basic("", "x")],
      ["an empty secret", basic("demo-screening-eagle", "")],
      ["a NUL", basic("demo%00", "x")],
      ["an id of 300 characters", basic("x".repeat(300), "x")],
      ["an unknown client", basic("nobody", "x")],
      ["a wrong secret", basic("demo-screening-eagle", "x")],
    ])("with %s gets 401, the same text each time and a challenge", async (_what, authorization) => {
      const response = await expectRefusal(401, post(polymint, asked, authorization));
      expect(descriptionOf(response)).toBe("Client authentication failed.");
      expect(response.headers["www-authenticate"]).toMatch(/^Basic realm="/);
    });

    it("beside a secret in the form gets 400, the form alone 401", async () => {
      const { secret } = polymint.clients["screening-eagle"];
      const form = { ...asked, client_id: "demo-screening-eagle", client_secret: secret };
      await expectRefusal(400, post(polymint, form));
      await expectRefusal(401, post(polymint, form, ""));
    });

    it("is accepted with either of two live secrets, and with no expired one", async () => {
      const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], scopes: ["a"] });
      const second = makeSecret("client_secret");
      await makeClientAdmin(polymint.database).addSecret(client.id, makeSecretDigest(polymint.pepper)(second), polymint.clock());
      const form = { ...asked, scope: "a" };
      for (const value of [secret?.value ?? "", second]) await expectToken(post(polymint, form, basic(client.id, value)));
      const ended = await polymint.register({ contracts: ["screening-eagle"], scopes: ["a"] });
      const inPast = new Date(polymint.clock() - 1000);
      await polymint.database.build((knex) => knex("client_secrets").where("client_id", ended.client.id).update("expires_at", inPast));
      await expectRefusal(401, post(polymint, form, basic(ended.client.id, ended.secret?.value ?? "")));
    });
  });

  describe("a request answered with 400", () => {
    it.each<[string, ScreeningEagleFormFields, string]>([
      ["no grant type", { scope: "inspect" }, "grant_type is required."],
      ["an empty grant type", { grant_type: "", scope: "inspect" }, "grant_type is required."],
      ["no scope", { grant_type: "client_credentials" }, "scope is required."],
      ["an empty scope", { grant_type: "client_credentials", scope: "" }, "scope is required."],
      ["a blank scope", { grant_type: "client_credentials", scope: "  " }, "scope is required."],
      [
        "an authorization code without its verifier",
        { grant_type: "authorization_code", code: "x", redirect_uri: "y" },
        "code_verifier is required for authorization_code.",
      ],
      [
        "the grant alone",
        { grant_type: "authorization_code" },
        "code is required for authorization_code; redirect_uri is required for authorization_code; code_verifier is required for authorization_code.",
      ],
      ["no refresh token", { grant_type: "refresh_token" }, "refresh_token is required for refresh_token."],
    ])("has %s", async (_what, form, description) => {
      expect(descriptionOf(await expectRefusal(400, post(polymint, form)))).toBe(description);
    });

    it.each(["password", "Client_Credentials", "client_credentials "])("has the grant type %j", async (grant) => {
      expect(descriptionOf(await expectRefusal(400, post(polymint, { ...asked, grant_type: grant })))).toContain("grant_type");
    });

    it.each(["x".repeat(42), "x".repeat(129), `${"x".repeat(43)}!`])("has the code verifier %s", async (verifier) => {
      const form = { grant_type: "authorization_code", code: "x", redirect_uri: "y", code_verifier: verifier };
      expect(descriptionOf(await expectRefusal(400, post(polymint, form)))).toContain("code_verifier");
    });

    it("has an empty body, and the answer names what is missing", async () => {
      expect(descriptionOf(await expectRefusal(400, post(polymint, {})))).toBe("grant_type is required.");
    });

    it("has passed authentication if only its grant is wrong", async () => {
      await expectRefusal(401, post(polymint, { grant_type: "refresh_token", refresh_token: "x" }, basic("demo-screening-eagle", "x")));
    });
  });

  describe("a request answered with 403", () => {
    it.each(["other", "inspect other", "Inspect"])("asks for the scope %j that the client does not have", async (scope) => {
      const response = await expectRefusal(403, post(polymint, { ...asked, scope }));
      expect(descriptionOf(response)).toBe("The client may not request this scope.");
    });

    it("uses a grant that the client is not registered for", async () => {
      const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], scopes: ["a"], grants: [] });
      const response = await expectRefusal(403, post(polymint, { ...asked, scope: "a" }, basic(client.id, secret?.value ?? "")));
      expect(descriptionOf(response)).toBe("The client may not use this grant type.");
    });

    it.each<ScreeningEagleFormFields>([
      { grant_type: "authorization_code", code: "x", redirect_uri: "y", code_verifier: "z".repeat(43) },
      { grant_type: "refresh_token", refresh_token: "x" },
    ])("uses $grant_type, which a client must be registered for by name", async (form) => {
      expect(descriptionOf(await expectRefusal(403, post(polymint, form)))).toBe("The client may not use this grant type.");
    });

    it("comes from a disabled client with the right secret; a wrong one gets 401", async () => {
      const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], scopes: ["a"] });
      await polymint.database.build((knex) => knex("clients").where({ id: client.id }).update({ status: "disabled" }));
      const response = await expectRefusal(403, post(polymint, { ...asked, scope: "a" }, basic(client.id, secret?.value ?? "")));
      expect(descriptionOf(response)).toBe("The client is disabled.");
      await expectRefusal(401, post(polymint, { ...asked, scope: "a" }, basic(client.id, "wrong")));
    });
  });

  it("answers 404, 405, 413 and 415 with the reason phrase", async () => {
    const at = (target: string) => request(polymint.url).post(target);
    const answers = await Promise.all([
      at(`${path}/x`),
      request(polymint.url).get(path),
      at(path).type("form").send("x".repeat(70_000)),
      at(path).type("json").send("{}"),
    ]);
    expect(answers.map(({ status, body }) => [status, (body as { error: string }).error])).toEqual([
      [404, "Not Found"],
      [405, "Method Not Allowed"],
      [413, "Payload Too Large"],
      [415, "Unsupported Media Type"],
    ]);
  });

  it("has one schema for all errors, and its own reason phrase at every status", () => {
    const refusals = (["throttled", "server_error", "dependency_timeout", "not_ready"] as const).map((code) =>
      refuse(new Refusal(code, "")),
    );
    expect(refusals.map(({ status, body }) => [status, body.error])).toEqual([
      [429, "Too Many Requests"],
      [500, "Internal Server Error"],
      [500, "Internal Server Error"],
      [503, "Service Unavailable"],
    ]);
    const { responses } = spec.paths[path].post;
    for (const [status, { content }] of Object.entries(responses).filter(([each]) => each !== "200")) {
      const media = content["application/json"];
      const examples = "examples" in media ? Object.values<{ value: unknown }>(media.examples).map(({ value }) => value) : [media.example];
      for (const example of examples) expect(example).toMatchObject({ error: STATUS_CODES[status] });
      expect(media.schema).toEqual({ $ref: "#/components/schemas/ScreeningEagleError" });
    }
  });

  it("logs the private reason and no secret", async () => {
    await expectRefusal(401, post(polymint, asked, basic("demo-screening-eagle", "s3cret-guess")));
    expect(polymint.logs.at(-1)).toMatchObject({
      contract: "screening-eagle",
      outcome: "invalid_client",
      detail: "wrong secret for client demo-screening-eagle",
    });
    expect(JSON.stringify(polymint.logs)).not.toContain("s3cret-guess");
  });
});
