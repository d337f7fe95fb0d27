import { constants, generateKeyPairSync, type KeyObject, randomUUID, sign as signBytes } from "node:crypto";
import { decode, sign } from "jsonwebtoken";
import request from "supertest";
import { makeIdentities } from "../../src/store/programmes/identities";
import { startPolymint, type TestDelegatedClient, type TestPolymint } from "../../src/testkit";
import { countIssuedTokens } from "../../src/contract-suite/tables";
import {
  expectWeavrResponse,
  apiKeyOf,
  requestAccessToken,
  identityOf,
  weavrTokenPath,
  programmeOf,
  loggedReasonFor,
} from "../harness/weavr-requests";

let polymint: TestPolymint;
let delegate: TestDelegatedClient;
beforeAll(async () => {
  polymint = await startPolymint();
  await polymint.setDelegation(true);
  delegate = await polymint.createDelegatedClient({ id: "acme/payroll.1" });
});
afterAll(() => polymint.stop());

const seconds = () => Math.floor(polymint.clock() / 1000);
const identity = () => identityOf(polymint);
const send = (clientAssertion: string, asked: object = identity(), apiKey = apiKeyOf(polymint)) =>
  requestAccessToken(polymint, apiKey, { identity: asked, clientAssertion });

async function expectToken(assertion: string, asked?: object): Promise<string> {
  return ((await expectWeavrResponse(200, send(assertion, asked))).body as { token: string }).token;
}

/** Expects a refusal for this reason, without a body, and that nothing was issued. */
async function expectRefusal(assertion: string, reason: string | RegExp, status = 401): Promise<void> {
  const before = await countIssuedTokens(polymint);
  const response = await expectWeavrResponse(status, send(assertion));
  expect(loggedReasonFor(polymint, response)).toMatch(reason);
  expect(response.text).toBe("");
  expect(await countIssuedTokens(polymint)).toBe(before);
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const makeClaims = () => ({ iss: delegate.id, sub: identity().id, iat: seconds(), exp: seconds() + 60, jti: randomUUID() });

/** Signs any header and claims, also those that a library would refuse. */
function signAssertion(header: object, claims: object = {}, key: KeyObject = delegate.privateKey): string {
  const input = `${encoded({ alg: "RS256", typ: "JWT", ...header })}.${encoded({ ...makeClaims(), ...claims })}`;
  return `${input}.${signBytes("sha256", Buffer.from(input), key).toString("base64url")}`;
}

describe("a client assertion", () => {
  it("gives an access token to the API client, for the identity", async () => {
    const { body } = await expectWeavrResponse(200, send(delegate.assertion(identity().id)));
    expect(body).toEqual({
      token: expect.any(String) as string,
      identity: identity(),
      credentials: { type: "API_CLIENT", id: delegate.id },
      status: "STANDARD",
    });
    const { token } = body as { token: string };
    const { jti, ...claims } = decode(token) as Record<string, unknown>;
    expect(claims).toEqual({
      iss: polymint.issuer,
      sub: identity().id,
      aud: polymint.issuer,
      client_id: programmeOf(polymint),
      identity_type: identity().type,
      credentials: { type: "API_CLIENT", id: delegate.id },
      status: "STANDARD",
      iat: seconds(),
      exp: seconds() + 900,
    });
    const columns = ["client_id", "grant_type", "subject", "actor"];
    const rows: unknown[] = await polymint.database.build((knex) => knex("issued_tokens").where({ jti }).select(columns));
    expect(rows).toEqual([
      { client_id: programmeOf(polymint), grant_type: "delegated_assertion", subject: identity().id, actor: delegate.id },
    ]);
  });

  it("acts for any identity of the programme, with one assertion for each", async () => {
    const alone = await makeIdentities(polymint.database).create(programmeOf(polymint), "CONSUMER", polymint.clock());
    await expectToken(delegate.assertion(alone), { type: "CONSUMER", id: alone });
    await expectToken(delegate.assertion(identityOf(polymint, 1).id), identityOf(polymint, 1));
  });

  describe("the claims of an accepted assertion", () => {
    it.each<[string, () => Record<string, unknown>]>([
      ["exp 300 s after iat", () => ({ exp: seconds() + 300 })],
      ["exp one second ahead", () => ({ exp: seconds() + 1 })],
      ["iat and nbf 60 s ahead, exp 300 s later still", () => ({ iat: seconds() + 60, nbf: seconds() + 60, exp: seconds() + 360 })],
      ["a jti of 255 characters", () => ({ jti: `${randomUUID()}${"é".repeat(219)}` })],
      ["additional claims", () => ({ scope: "anything", credentials: { type: "ROOT", id: polymint.user.id } })],
    ])("may have %s", async (_what, claims) => {
      await expectToken(delegate.assertion(identity().id, claims()));
    });

    it("may come with any type in the header, or none", async () => {
      await expectToken(signAssertion({ typ: undefined }));
      await expectToken(signAssertion({ typ: "jwt", kid: "whatever" }));
    });
  });

  describe("the claims of a refused assertion", () => {
    it.each<[string, RegExp, () => Record<string, unknown>]>([
      ["an aud, even the issuer", /there is an aud/, () => ({ aud: polymint.issuer })],
      ["another server's aud", /there is an aud/, () => ({ aud: ["https://elsewhere.example"] })],
      ["no iss", /iss is no client id/, () => ({ iss: undefined })],
      ["an unknown iss", /unknown delegated client/, () => ({ iss: "nobody" })],
      ["the programme as iss", /unknown delegated client/, () => ({ iss: programmeOf(polymint) })],
      ["an iss with NUL", /iss is no client id/, () => ({ iss: `${delegate.id}\0` })],
      ["an iss too long", /iss is no client id/, () => ({ iss: "x".repeat(256) })],
      ["no sub", /sub is missing/, () => ({ sub: undefined })],
      ["another identity as sub", /another identity/, () => ({ sub: identityOf(polymint, 1).id })],
      ["a sub with NUL", /another identity/, () => ({ sub: `${identity().id}\0` })],
      ["no exp", /exp is missing/, () => ({ exp: undefined })],
      ["exp now", /exp has passed/, () => ({ exp: seconds() })],
      ["exp 301 s after iat", /300 s after iat/, () => ({ exp: seconds() + 301 })],
      ["exp 301 s after an iat in the past", /300 s after iat/, () => ({ iat: seconds() - 250, exp: seconds() + 51 })],
      ["no iat", /iat is missing/, () => ({ iat: undefined })],
      ["iat 61 s ahead", /iat is more than 60 s/, () => ({ iat: seconds() + 61 })],
      ["nbf 61 s ahead", /nbf is more than 60 s/, () => ({ nbf: seconds() + 61 })],
      ["no jti", /jti is missing/, () => ({ jti: undefined })],
      ["an empty jti", /jti is missing/, () => ({ jti: "" })],
      ["a jti of 256 characters", /jti is missing or not/, () => ({ jti: "x".repeat(256) })],
      ["a jti with NUL", /control character/, () => ({ jti: `${randomUUID()}\0` })],
    ])("have %s", async (_what, reason, claims) => {
      await expectRefusal(delegate.assertion(identity().id, claims()), reason);
    });

    it.each<[string, RegExp, object]>([
      ["a text as exp", /exp is missing or no number/, { exp: "tomorrow" }],
      ["null as iat", /iat is no number/, { iat: null }],
      ["null as aud", /there is an aud/, { aud: null }],
      ["a list as sub", /sub is missing or no string/, { sub: ["x"] }],
    ])("have %s", async (_what, reason, claims) => {
      await expectToken(signAssertion({}));
      await expectRefusal(signAssertion({}, claims), reason);
    });

    it.each<[string, RegExp, object]>([
      ["the typ of client authentication", /typ is that of another/, { typ: "client-authentication+jwt" }],
      ["the typ of an access token", /typ is that of another/, { typ: "at+jwt" }],
      ["a crit member", /has crit/, { crit: ["exp"] }],
      ["another alg", /another alg/, { alg: "RS512" }],
      ["no alg", /another alg/, { alg: undefined }],
      ["alg none", /another alg/, { alg: "none" }],
    ])("come with %s in the header", async (_what, reason, header) => {
      await expectRefusal(signAssertion(header), reason);
    });
  });

  describe("the signature of a client assertion", () => {
    it("must be made with the certificate's key", async () => {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      await expectRefusal(signAssertion({}, {}, privateKey), "does not verify");
      const other = await polymint.createDelegatedClient();
      await expectRefusal(other.assertion(identity().id, { iss: delegate.id }), "does not verify");
    });

    it("must be RS256, whatever the key", async () => {
      await expectRefusal(sign(makeClaims(), delegate.privateKey, { algorithm: "PS256" }), "another alg");
      await expectRefusal(sign(makeClaims(), delegate.certificate, { algorithm: "HS256" }), "another alg");
      const input = `${encoded({ alg: "RS256" })}.${encoded(makeClaims())}`;
      const pss = signBytes("sha256", Buffer.from(input), { key: delegate.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING });
      await expectRefusal(`${input}.${pss.toString("base64url")}`, "does not verify");
    });

    it("is refused for an assertion that is changed, cut short, stretched or garbled", async () => {
      const good = delegate.assertion(identity().id);
      const [header = "", payload = "", signature = ""] = good.split(".");
      const changed = encoded({ ...makeClaims(), exp: seconds() + 90 });
      const cases: [string, RegExp][] = [
        [`${header}.${changed}.${signature}`, /does not verify/],
        [`${header}.${payload}.${signature.slice(0, -8)}`, /does not verify/],
        [`${header}.${payload}.`, /does not verify/],
        [`${header}.${payload}`, /not a compact JWS/],
        [good.slice(0, 40), /not a compact JWS|not JSON/],
        [`${good}.`, /not a compact JWS/],
        [`${good}.x`, /not a compact JWS/],
        ["a.b.c", /not JSON|not a JSON object/],
        [`${encoded([])}.${payload}.${signature}`, /not a JSON object/],
        ["x", /not a compact JWS/],
        ["x".repeat(9_000), /not a compact JWS/],
        [delegate.assertion(identity().id, { more: "x".repeat(9_000) }), /not a compact JWS/],
      ];
      for (const [assertion, reason] of cases) await expectRefusal(assertion, reason);
      await expectToken(good);
    });

    it("is not checked for an assertion with a NUL (400) or larger than a body may be (413)", async () => {
      const response = await expectWeavrResponse(400, send(`${delegate.assertion(identity().id)}\0`));
      const field = { params: [], fieldName: "clientAssertion", error: "REGEX" };
      expect(response.body).toEqual({ message: "Invalid request", syntaxErrors: { invalidFields: [field] } });
      expect((await expectWeavrResponse(413, send("x".repeat(65_536)))).body).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    });
  });

  describe("the jti of a client assertion", () => {
    it("is refused a second time, whatever else the second assertion says", async () => {
      const jti = randomUUID();
      const assertion = delegate.assertion(identity().id, { jti });
      await expectToken(assertion);
      await expectRefusal(assertion, "a second time");
      const again = delegate.assertion(identityOf(polymint, 1).id, { jti, exp: seconds() + 200 });
      await expectWeavrResponse(401, send(again, identityOf(polymint, 1)));
    });

    it("is accepted once when it comes ten times at once, to two servers", async () => {
      const second = await polymint.startAnother();
      const before = await countIssuedTokens(polymint);
      const body = { identity: identity(), clientAssertion: delegate.assertion(identity().id) };
      const answers = Array.from({ length: 10 }, (_, index) =>
        requestAccessToken(index % 2 === 0 ? polymint : second, apiKeyOf(polymint), body),
      );
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
      expect(await countIssuedTokens(polymint)).toBe(before + 1);
    });

    it("may be the same as that of another client's assertion", async () => {
      const jti = randomUUID();
      const other = await polymint.createDelegatedClient();
      await expectToken(delegate.assertion(identity().id, { jti }));
      await expectToken(other.assertion(identity().id, { jti }));
    });

    it("is not spent by a refusal, whatever the reason", async () => {
      const { id } = identity();
      const assertion = delegate.assertion(id);
      const elsewhere = await polymint.register({ contracts: ["weavr"] });
      await polymint.setDelegation(true, elsewhere.client.id);
      await expectWeavrResponse(401, send(assertion, { type: "CONSUMER", id }));
      await expectWeavrResponse(401, send(assertion, identityOf(polymint, 1)));
      await expectWeavrResponse(400, send(assertion, { type: "ALIEN", id }));
      await expectWeavrResponse(401, send(assertion, identity(), "wrong"));
      await expectWeavrResponse(401, send(assertion, identity(), elsewhere.secret?.value));
      await polymint.setDelegation(false);
      await expectWeavrResponse(403, send(assertion));
      await polymint.setDelegation(true);
      await makeIdentities(polymint.database).setStatus(id, "deactivated");
      await expectWeavrResponse(403, send(assertion));
      await makeIdentities(polymint.database).setStatus(id, "active");
      await delegate.setStatus("disabled");
      await expectRefusal(assertion, "is disabled");
      await delegate.setStatus("active");
      await expectToken(assertion);
    });
  });

  describe("the identity of a client assertion", () => {
    const identities = () => makeIdentities(polymint.database);

    it("gets 404 if it does not exist", async () => {
      const id = "123456789012345678";
      const { body } = await expectWeavrResponse(404, send(delegate.assertion(id), { type: "CORPORATE", id }));
      expect(body).toMatchObject({ code: "IDENTITY_NOT_FOUND" });
    });

    it("gets 403 if it belongs to another programme", async () => {
      const other = await polymint.register({ contracts: ["weavr"] });
      const id = await identities().create(other.client.id, "CORPORATE", polymint.clock());
      expect((await expectWeavrResponse(403, send(delegate.assertion(id), { type: "CORPORATE", id }))).text).toBe("");
    });

    it("gets 401 if its type is wrong", async () => {
      const { id } = identity();
      expect((await expectWeavrResponse(401, send(delegate.assertion(id), { type: "CONSUMER", id }))).text).toBe("");
    });
  });

  describe("a programme's delegation", () => {
    it("is off by default, and every assertion gets 403 if the api-key is right", async () => {
      const { client, secret } = await polymint.register({ contracts: ["weavr"] });
      const own = await polymint.createDelegatedClient({ programmeId: client.id });
      const id = await makeIdentities(polymint.database).create(client.id, "CORPORATE", polymint.clock());
      const asked = { type: "CORPORATE", id };
      for (const assertion of [own.assertion(id), "x", delegate.assertion(id)]) {
        const response = await expectWeavrResponse(403, send(assertion, asked, secret?.value));
        expect(response.text).toBe("");
        expect(loggedReasonFor(polymint, response)).toMatch("delegation is not enabled");
      }
      await expectWeavrResponse(401, send(own.assertion(id), asked, "wrong"));
      await polymint.setDelegation(true, client.id);
      await expectWeavrResponse(200, send(own.assertion(id), asked, secret?.value));
    });

    it("covers only its own clients; another programme's client counts as unknown", async () => {
      const { client, secret } = await polymint.register({ contracts: ["weavr"] });
      await polymint.setDelegation(true, client.id);
      const id = await makeIdentities(polymint.database).create(client.id, "CORPORATE", polymint.clock());
      const answers = [delegate.assertion(id), delegate.assertion(id, { iss: "nobody" })].map((assertion) =>
        expectWeavrResponse(401, send(assertion, { type: "CORPORATE", id }, secret?.value)),
      );
      const [foreign, unknown] = (await Promise.all(answers)).map(({ headers, text }) => ({ text, names: Object.keys(headers).sort() }));
      expect(foreign).toEqual(unknown);
    });
  });

  it("needs a certificate that is valid at the moment", async () => {
    const hour = 3_600_000;
    const times = { notBefore: polymint.clock() + hour, notAfter: polymint.clock() + 2 * hour };
    const later = await polymint.createDelegatedClient(times);
    await expectRefusal(later.assertion(identity().id), "not valid now");
    polymint.clock.advance(3600);
    const token = await expectToken(later.assertion(identity().id));
    expect(decode(token)).toMatchObject({ credentials: { id: later.id } });
    polymint.clock.advance(3601);
    await expectRefusal(later.assertion(identity().id), "not valid now");
  });

  it("is not logged", async () => {
    const assertion = delegate.assertion(identity().id);
    await expectToken(assertion);
    await expectRefusal(assertion, "a second time");
    expect(JSON.stringify(polymint.logs)).not.toContain(assertion.split(".")[1]);
  });
});

describe("an API client's access token in place of an auth token", () => {
  const exchangeBearer = (token: string, asked = identity()) =>
    request(polymint.url)
      .post(weavrTokenPath)
      .set("api-key", apiKeyOf(polymint))
      .set("Authorization", `Bearer ${token}`)
      .send({ identity: asked });

  it("gets 401, for its own identity too", async () => {
    const token = await expectToken(delegate.assertion(identity().id));
    expect((await expectWeavrResponse(401, exchangeBearer(token))).text).toBe("");
    await expectWeavrResponse(401, exchangeBearer(token, identityOf(polymint, 1)));
  });

  it("gets 401 even if the client has a user's id, as earlier releases let it have", async () => {
    const twin = await polymint.createDelegatedClient();
    const token = await expectToken(twin.assertion(identity().id));
    const user = { id: twin.id, programme_id: programmeOf(polymint), email: "twin@example.com", password_hash: "none", role: "USER" };
    await polymint.database.build((knex) => knex("users").insert({ ...user, created_at: new Date(polymint.clock()) }));
    await polymint.database.build((knex) => knex("user_identities").insert({ user_id: twin.id, identity_id: identity().id }));
    await expectWeavrResponse(401, exchangeBearer(token));
  });
});
