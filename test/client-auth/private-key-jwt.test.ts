import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID, sign as signBytes, constants } from "node:crypto";
import jwt from "jsonwebtoken";
import request, { type Response } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { purgeRows } from "../../src/store/ledger/purge-rows";
import { mustConform } from "../harness/conformance";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

let polymint: TestPolymint;
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** Registered with both keys, neither bound to an algorithm. */
let clientId: string;

beforeAll(async () => {
  polymint = await startPolymint();
  const jwks = [
    { ...ec.publicKey.export({ format: "jwk" }), kid: "ec" },
    { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa" },
  ];
  clientId = (await polymint.register({ contracts: ["raidiam"], scopes: ["directory:software"], jwks })).client.id;
});
afterAll(() => polymint.stop());

const seconds = () => polymint.clock() / 1000;
const endpoint = () => `${polymint.issuer}/token`;
const raidiam = () => polymint.clients.raidiam;

async function present(assertion: string, form: object = {}): Promise<Response> {
  const body = { grant_type: "client_credentials", client_assertion_type: assertionType, client_assertion: assertion, ...form };
  const response = await request(polymint.url).post("/token").type("form").send(body);
  mustConform(response, "raidiam", "/token");
  return response;
}

const reasonFor = (response: Response) =>
  polymint.logs.find(({ correlationId }) => correlationId === response.headers["x-fapi-interaction-id"])?.detail;

async function mustGrant(assertion: string, form?: object): Promise<void> {
  const response = await present(assertion, form);
  expect([response.status, reasonFor(response)]).toEqual([200, undefined]);
}

async function issuedTokens(): Promise<number> {
  return (await polymint.database.build((knex) => knex("issued_tokens").pluck<string[]>("jti"))).length;
}

/** Expects a refusal for this reason, with the one response for all reasons, and no token issued. */
async function mustRefuse(
  assertion: string,
  reason: string | RegExp,
  form?: object,
  description = "Client authentication failed.",
): Promise<void> {
  const before = await issuedTokens();
  const response = await present(assertion, form);
  expect(reasonFor(response)).toMatch(reason);
  expect(response.status).toBe(400);
  expect(response.body).toEqual({ error: "invalid_client", error_description: description });
  expect(await issuedTokens()).toBe(before);
}

const claims = (fields: object = {}) => {
  const usual = { iss: clientId, sub: clientId, aud: polymint.issuer, iat: seconds(), exp: seconds() + 60, jti: randomUUID() };
  return { ...usual, ...fields };
};
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs any header and claims, including those a library would refuse. */
function signed(header: object, payload: object, key: KeyObject = ec.privateKey): string {
  const input = `${encoded({ alg: "ES256", typ: "JWT", kid: "ec", ...header })}.${encoded(payload)}`;
  return `${input}.${signBytes("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

describe("the claims of an assertion", () => {
  it.each<[string, () => Record<string, unknown>]>([
    ["the usual values", () => ({})],
    ["the token endpoint's URL as aud", () => ({ aud: endpoint() })],
    ["the issuer in an array as aud", () => ({ aud: [polymint.issuer] })],
    ["the token endpoint's URL in an array as aud", () => ({ aud: [endpoint()] })],
    ["exp an hour ahead", () => ({ exp: seconds() + 3600 })],
    ["exp an hour ahead by a clock that is ahead by 60 s", () => ({ iat: seconds() + 60, exp: seconds() + 3660 })],
    ["exp one second ahead", () => ({ exp: seconds() + 1 })],
    ["neither iat nor nbf", () => ({ iat: undefined })],
    ["iat and nbf 10 s ahead", () => ({ iat: seconds() + 10, nbf: seconds() + 10 })],
    ["iat and nbf 60 s ahead", () => ({ iat: seconds() + 60, nbf: seconds() + 60 })],
    ["a jti of 255 characters", () => ({ jti: `${randomUUID()}${"é".repeat(219)}` })],
    ["claims of its own", () => ({ software_id: "x", scope: "anything" })],
  ])("may have %s", async (_what, fields) => {
    await mustGrant(raidiam().assertion(polymint.issuer, fields()));
  });

  it.each<[string, RegExp, () => Record<string, unknown>]>([
    ["iss that is not sub", /iss and sub/, () => ({ iss: clientId })],
    ["no iss", /iss and sub/, () => ({ iss: undefined })],
    ["sub that is not iss", /no key|iss and sub/, () => ({ sub: clientId })],
    ["no sub", /sub is no client id/, () => ({ sub: undefined })],
    ["an unknown client as sub", /unknown client/, () => ({ sub: "nobody", iss: "nobody" })],
    ["a sub with a NUL byte", /sub is no client id/, () => ({ sub: "no\0body", iss: "no\0body" })],
    ["another server as aud", /aud is neither/, () => ({ aud: "https://elsewhere.example" })],
    ["the issuer with a slash as aud", /aud is neither/, () => ({ aud: `${polymint.issuer}/` })],
    ["another endpoint of the server as aud", /aud is neither/, () => ({ aud: `${polymint.issuer}/oauth2/introspect` })],
    ["another server in an array as aud", /aud is neither/, () => ({ aud: ["https://elsewhere.example"] })],
    ["aud in an array with another server", /aud is not a single value/, () => ({ aud: [polymint.issuer, "https://elsewhere.example"] })],
    ["the issuer and the endpoint in an array as aud", /aud is not a single value/, () => ({ aud: [polymint.issuer, endpoint()] })],
    ["the issuer twice in an array as aud", /aud is not a single value/, () => ({ aud: [polymint.issuer, polymint.issuer] })],
    ["an empty array as aud", /aud is not a single value/, () => ({ aud: [] })],
    ["aud in an array in an array", /aud is not a single value/, () => ({ aud: [[polymint.issuer]] })],
    ["no aud", /aud is not a single value/, () => ({ aud: undefined })],
    ["no jti", /jti is missing/, () => ({ jti: undefined })],
    ["an empty jti", /jti is missing/, () => ({ jti: "" })],
    ["a jti with a NUL byte", /control character/, () => ({ jti: `${randomUUID()}\0` })],
    ["a jti with half a surrogate pair", /surrogate/, () => ({ jti: `${randomUUID()}\ud800` })],
    ["a jti of 256 characters", /jti is missing or not 1 to 255/, () => ({ jti: "x".repeat(256) })],
    ["a jti that is a number", /jti is missing/, () => ({ jti: 7 })],
  ])("must not have %s", async (_what, reason, fields) => {
    await mustRefuse(raidiam().assertion(polymint.issuer, fields()), reason);
  });

  it.each<[string, RegExp, () => object]>([
    ["aud null", /aud is not/, () => ({ aud: null })],
    ["sub in an array", /sub is no client id/, () => ({ sub: [clientId] })],
  ])("must not have %s", async (_what, reason, fields) => {
    await mustGrant(signed({}, claims()));
    await mustRefuse(signed({}, claims(fields())), reason);
  });

  it.each<[string, string, () => object]>([
    ["no exp", "exp is missing or no number of seconds", () => ({ exp: undefined })],
    ["exp an hour and a second ahead", "exp is more than 3600 s ahead", () => ({ exp: seconds() + 3601 })],
    ["exp too far ahead of an iat in the future", "exp is more than 3600 s ahead", () => ({ iat: seconds() + 60, exp: seconds() + 3661 })],
    ["exp a second ago", "exp has passed", () => ({ exp: seconds() - 1 })],
    ["exp now", "exp has passed", () => ({ exp: seconds() })],
    ["exp as a string", "exp is missing or no number of seconds", () => ({ exp: String(seconds() + 60) })],
    ["exp in milliseconds", "exp is missing or no number of seconds", () => ({ exp: polymint.clock() + 60_000 })],
    ["exp null", "exp is missing or no number of seconds", () => ({ exp: null })],
    ["iat 61 s ahead", "iat is more than 60 s in the future", () => ({ iat: seconds() + 61 })],
    ["iat as a string", "iat is no number of seconds", () => ({ iat: String(seconds()) })],
    ["a negative iat", "iat is no number of seconds", () => ({ iat: -1 })],
    ["nbf 61 s ahead", "nbf is more than 60 s in the future", () => ({ nbf: seconds() + 61 })],
    ["nbf null", "nbf is no number of seconds", () => ({ nbf: null })],
  ])("must not have %s, and the description says so to whoever signed as the client, and to nobody else", async (_what, fault, fields) => {
    await mustGrant(signed({}, claims()));
    await mustRefuse(signed({}, claims(fields())), fault, {}, `The assertion's ${fault}.`);
    await mustRefuse(signed({}, claims(fields()), otherKeys.privateKey), "no key");
  });

  it("may have exp as far ahead as the server is set to, and no further", async () => {
    const strict = await startPolymint({ assertionMaxSeconds: 300 });
    const post = async (aheadSeconds: number) => {
      const { raidiam: client } = strict.clients;
      const assertion = client.assertion(strict.issuer, { exp: strict.clock() / 1000 + aheadSeconds });
      const form = { grant_type: "client_credentials", client_assertion_type: assertionType, client_assertion: assertion };
      const response = await request(strict.url).post("/token").type("form").send(form);
      return [response.status, (response.body as { error_description?: string }).error_description];
    };
    try {
      expect(await post(300)).toEqual([200, undefined]);
      expect(await post(301)).toEqual([400, "The assertion's exp is more than 300 s ahead."]);
    } finally {
      await strict.stop();
    }
  });

  it("are checked against the server's own clock", async () => {
    const assertion = raidiam().assertion(polymint.issuer);
    polymint.clock.advance(60);
    await mustRefuse(assertion, "exp has passed", {}, "The assertion's exp has passed.");
    polymint.clock.advance(-1);
    await mustGrant(assertion);
    polymint.clock.advance(-59);
  });
});

describe("the jti of an assertion", () => {
  it("is accepted once, even if the second assertion has other claims", async () => {
    const jti = randomUUID();
    const assertion = raidiam().assertion(polymint.issuer, { jti });
    await mustGrant(assertion);
    await mustRefuse(assertion, "a second time");
    await mustRefuse(raidiam().assertion(endpoint(), { jti, exp: seconds() + 299 }), "a second time");
  });

  it("is remembered until exp, an hour later, although expired rows are purged meanwhile", async () => {
    const assertion = raidiam().assertion(polymint.issuer, { exp: seconds() + 3600 });
    await mustGrant(assertion);
    polymint.clock.advance(3599);
    await purgeRows(polymint.database, polymint.clock(), 0);
    await mustRefuse(assertion, "a second time");
    polymint.clock.advance(1);
    await mustRefuse(assertion, "exp has passed", {}, "The assertion's exp has passed.");
    polymint.clock.advance(-3600);
  });

  it("(control) would be accepted again if it were forgotten before exp", async () => {
    const assertion = raidiam().assertion(polymint.issuer, { exp: seconds() + 3600 });
    await mustGrant(assertion);
    polymint.clock.advance(3599);
    await purgeRows(polymint.database, polymint.clock() + 3_600_000, 0);
    await mustGrant(assertion);
    polymint.clock.advance(-3599);
  });

  it("is accepted once when it arrives ten times at once", async () => {
    const assertion = raidiam().assertion(polymint.issuer);
    const before = await issuedTokens();
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await present(assertion)).status));
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
    expect(await issuedTokens()).toBe(before + 1);
  });

  it("may be used by another client too", async () => {
    const jti = randomUUID();
    await mustGrant(raidiam().assertion(polymint.issuer, { jti }));
    await mustGrant(signed({}, claims({ jti })));
  });

  it("is not spent by a request that is refused for another reason", async () => {
    const assertion = raidiam().assertion(polymint.issuer);
    const refused = await present(assertion, { scope: "directory:software unknown" });
    expect([refused.status, (refused.body as { error: string }).error]).toEqual([400, "invalid_scope"]);
    await mustGrant(assertion, { scope: "directory:software" });
  });

  it("is not spent by an assertion with another signer", async () => {
    const jti = randomUUID();
    await mustRefuse(signed({}, claims({ jti }), otherKeys.privateKey), "no key");
    await mustGrant(signed({}, claims({ jti })));
  });
});

describe("the signature of an assertion", () => {
  const library = (key: KeyObject, algorithm: jwt.Algorithm, keyid: string) => jwt.sign(claims(), key, { algorithm, keyid });

  it("may be ES256 or PS256", async () => {
    await mustGrant(library(ec.privateKey, "ES256", "ec"));
    await mustGrant(library(rsa.privateKey, "PS256", "rsa"));
  });

  it("may be made with a registered key that the header does not name", async () => {
    await mustGrant(signed({ kid: undefined }, claims()));
    await mustGrant(jwt.sign(claims(), rsa.privateKey, { algorithm: "PS256" }));
  });

  it("may be RS256 for a client that is registered for it, and must not be anything else then", async () => {
    await mustRefuse(library(rsa.privateKey, "RS256", "rsa"), "may not sign with");
    const jwks = [{ ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa" }];
    const { client } = await polymint.register({ contracts: ["raidiam"], jwks, assertionAlgorithms: ["RS256"] });
    const own = claims({ iss: client.id, sub: client.id });
    await mustGrant(jwt.sign(own, rsa.privateKey, { algorithm: "RS256", keyid: "rsa" }));
    await mustRefuse(jwt.sign({ ...own, jti: randomUUID() }, rsa.privateKey, { algorithm: "PS256", keyid: "rsa" }), "may not sign with");
  });

  it("must be possible with one of the registered keys: the registration is refused otherwise, with what to add", async () => {
    const [ecJwk, rsaJwk] = [ec.publicKey, rsa.publicKey].map((key) => key.export({ format: "jwk" }));
    const registerKeys = (jwks: object[], more: object = {}) =>
      polymint.register({ contracts: ["raidiam"], jwks: jwks as JsonWebKey[], ...more });
    await expect(registerKeys([{ ...rsaJwk, alg: "RS256" }])).rejects.toThrow("add --assertion-alg RS256");
    await expect(registerKeys([{ ...rsaJwk }], { assertionAlgorithms: ["ES256"] })).rejects.toThrow("add --assertion-alg PS256 or RS256");
    await expect(registerKeys([{ ...ecJwk }], { assertionAlgorithms: ["RS256"] })).rejects.toThrow("add --assertion-alg ES256");
    await expect(registerKeys([{ ...rsaJwk, alg: "PS512" }])).rejects.toThrow("give a key for PS256 or ES256");
    await registerKeys([{ ...rsaJwk, alg: "RS256" }], { assertionAlgorithms: ["RS256"] });
    await registerKeys([{ ...rsaJwk, alg: "RS256" }, { ...ecJwk }]);
  });

  it.each<[string, string | RegExp, () => string]>([
    ["PS384", "may not sign with", () => library(rsa.privateKey, "PS384", "rsa")],
    ["of alg none", "may not sign with", () => `${encoded({ alg: "none", kid: "ec" })}.${encoded(claims())}.`],
    ["missing", /no key|compact/, () => signed({}, claims()).replace(/[^.]*$/, "")],
    ["of alg None", "may not sign with", () => `${encoded({ alg: "None", kid: "ec" })}.${encoded(claims())}.`],
    ["HS256 under the public key", "may not sign with", () => hmacSigned(ec.publicKey.export({ type: "spki", format: "pem" }))],
    ["HS256 under the public key, called ES256", "no key", () => hmacSigned(ec.publicKey.export({ type: "spki", format: "pem" }), "ES256")],
    ["made with another key", "no key", () => signed({}, claims(), otherKeys.privateKey)],
    ["made with a key it does not name", "no key", () => signed({ kid: "rsa" }, claims())],
    ["of a kid that is not registered", "no key", () => signed({ kid: "unknown" }, claims())],
    ["of a kid that is not a string", "kid is not a string", () => signed({ kid: 7 }, claims())],
    ["of another kind of key than it says", "no key", () => signed({ alg: "PS256" }, claims())],
    ["in the DER encoding", "no key", () => derSigned()],
    ["PS256 with a salt of another length", "no key", () => saltedWith(20)],
    ["over other claims", "no key", () => signed({}, claims()).replace(/\.[^.]*\./, `.${encoded(claims())}.`)],
  ])("must not be %s", async (_what, reason, assertion) => {
    await mustRefuse(assertion(), reason);
  });

  function hmacSigned(secret: string | Buffer, alg = "HS256"): string {
    const token = jwt.sign(claims(), secret, { algorithm: "HS256", keyid: "ec", header: { alg: "HS256", kid: "ec" } });
    return alg === "HS256" ? token : token.replace(/^[^.]*/, encoded({ alg, kid: "ec" }));
  }

  function derSigned(): string {
    const input = `${encoded({ alg: "ES256", kid: "ec" })}.${encoded(claims())}`;
    return `${input}.${signBytes("sha256", Buffer.from(input), ec.privateKey).toString("base64url")}`;
  }

  function saltedWith(saltLength: number): string {
    const input = `${encoded({ alg: "PS256", kid: "rsa" })}.${encoded(claims())}`;
    const key = { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
    return `${input}.${signBytes("sha256", Buffer.from(input), key).toString("base64url")}`;
  }

  it("must not be made with a key that is registered for another use", async () => {
    const jwk = ec.publicKey.export({ format: "jwk" });
    const usable = rsa.publicKey.export({ format: "jwk" });
    for (const unusable of [
      { ...jwk, use: "enc" },
      { ...jwk, alg: "ECDH-ES" },
    ]) {
      await expect(polymint.register({ contracts: ["raidiam"], jwks: [unusable] })).rejects.toThrow(/its use|give a key for/);
      const { client } = await polymint.register({ contracts: ["raidiam"], jwks: [unusable, usable] });
      await mustRefuse(signed({ kid: undefined }, claims({ iss: client.id, sub: client.id })), "no key");
    }
  });
});

describe("the header of an assertion", () => {
  it.each(["JWT", "jwt", "client-authentication+jwt", undefined])("may have typ %s", async (typ) => {
    await mustGrant(signed({ typ }, claims()));
  });

  it.each(["at+jwt", "application/jwt", "dpop+jwt", null, 1])("must not have typ %s", async (typ) => {
    await mustRefuse(signed({ typ }, claims()), "typ");
  });

  it.each([[["exp"]], [["b64"]], [[]], ["exp"]])("must not have crit %j", async (crit) => {
    await mustRefuse(signed({ crit }, claims()), "crit");
  });

  it("keeps an access token of this server from being accepted as an assertion", async () => {
    const granted = await present(raidiam().assertion(polymint.issuer));
    await mustRefuse((granted.body as { access_token: string }).access_token, "typ");
  });
});

describe("the form of an assertion", () => {
  it.each<[string, RegExp, () => string]>([
    ["is not a JWS", /compact JWS/, () => "nonsense"],
    ["has four parts", /compact JWS/, () => `${signed({}, claims())}.x`],
    ["is longer than 8 KiB", /compact JWS/, () => signed({}, claims({ padding: "x".repeat(8000) }))],
    ["has a header that is not JSON", /not JSON/, () => `e30x.${encoded(claims())}.x`],
    ["has a header that is not an object", /not a JSON object/, () => `${encoded([])}.${encoded(claims())}.x`],
    ["has claims that are null", /not a JSON object/, () => `${encoded({ alg: "ES256" })}.${encoded(null)}.x`],
    ["is not UTF-8", /not a JSON object/, () => `${encoded({ alg: "ES256" })}.${Buffer.from([0x22, 0xff, 0x22]).toString("base64url")}.x`],
  ])("is refused when it %s", async (_what, reason, assertion) => {
    await mustRefuse(assertion(), reason);
  });

  it("may come with the client_id of its sub, and must not come with another", async () => {
    await mustGrant(signed({}, claims()), { client_id: clientId });
    await mustRefuse(signed({}, claims()), "client_id and the assertion's sub differ", { client_id: raidiam().clientId });
  });
});
