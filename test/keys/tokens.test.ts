import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";
import jwt from "jsonwebtoken";
import request from "supertest";
import { longestTokenSeconds } from "../../src/engine/client";
import type { TokenVerifier } from "../../src/engine/ports/keys";
import { makeKeyRing } from "../../src/keys/key-ring";
import { openSigningKey } from "../../src/keys/signing-key";
import { makeTokenVerifier } from "../../src/keys/token-verifier";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";

type Jwk = JsonWebKey & { kid: string; alg: string; use: string };

/** Each algorithm is used by one contract. */
const signing = {
  abbeycross: { algorithm: "ES256" },
  firstvision: { algorithm: "RS256" },
  "screening-eagle": { algorithm: "PS256" },
  raidiam: { algorithm: "HS256" },
} as const;
type Contract = keyof typeof signing;

let polymint: TestPolymint;
let jwks: Jwk[];

beforeAll(async () => {
  const algorithms = new Map(Object.entries(signing).map(([contract, { algorithm }]) => [contract, algorithm]));
  polymint = await startPolymint({ algorithms });
  jwks = ((await request(polymint.url).get("/.well-known/jwks.json").expect(200)).body as { keys: Jwk[] }).keys;
});
afterAll(() => polymint.stop());

async function tokenOf(contract: Contract): Promise<string> {
  const client = polymint.clients[contract];
  const { clientId, secret } = client;
  const { url, issuer } = polymint;
  const form = { grant_type: "client_credentials", scope: "inspect" };
  const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const requests = {
    abbeycross: () => request(url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }),
    firstvision: () => request(url).post("/v1/api/oauth/token").query({ scope: "edit" }).auth(clientId, secret),
    "screening-eagle": () => request(url).post("/api/id/v1/auth/token").type("form").auth(clientId, secret).send(form),
    raidiam: () =>
      request(url)
        .post("/token")
        .type("form")
        .send({ grant_type: "client_credentials", client_assertion_type: assertionType, client_assertion: client.assertion(issuer) }),
  };
  const response = await requests[contract]();
  expect(response.status).toBe(200);
  return (response.body as { access_token: string }).access_token;
}

const decodeToken = (token: string) => jwt.decode(token, { complete: true });
const jwkOf = (token: string) => jwks.find(({ kid }) => kid === decodeToken(token)?.header.kid);
const publicKey = (token: string): KeyObject => createPublicKey({ key: jwkOf(token) ?? {}, format: "jwk" });

/** The HS256 key is not published; it is read from the database and unsealed. */
async function secretKey(): Promise<KeyObject> {
  const [row] = (await makeSigningKeys(polymint.database).list()).filter(({ algorithm }) => algorithm === "HS256");
  if (row === undefined) throw new Error("there is no HS256 key");
  return openSigningKey(row, polymint).verifyWith;
}

describe.each(Object.entries(signing) as [Contract, (typeof signing)[Contract]][])("a token of %s", (contract, { algorithm }) => {
  it(`is signed with ${algorithm}, and jsonwebtoken verifies it`, async () => {
    const token = await tokenOf(contract);
    const key = algorithm === "HS256" ? await secretKey() : publicKey(token);
    const claims = jwt.verify(token, key, { algorithms: [algorithm], clockTimestamp: polymint.clock() / 1000, issuer: polymint.issuer });
    expect(claims).toMatchObject({ iat: polymint.clock() / 1000 });
    const { kid } = decodeToken(token)?.header ?? {};
    expect(decodeToken(token)?.header).toEqual({ alg: algorithm, typ: "at+jwt", kid });
    expect(kid).toMatch(/^[A-Za-z0-9_-]{32,43}$/);
  });
});

describe("the signature of a token", () => {
  const parts = (token: string) => {
    const at = token.lastIndexOf(".");
    return { input: Buffer.from(token.slice(0, at)), signature: Buffer.from(token.slice(at + 1), "base64url") };
  };

  it.each([
    ["abbeycross", { dsaEncoding: "ieee-p1363" }],
    ["firstvision", { padding: constants.RSA_PKCS1_PADDING }],
    ["screening-eagle", { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
  ] as const)("is verified by node:crypto for %s", async (contract, options) => {
    const token = await tokenOf(contract);
    const { input, signature } = parts(token);
    expect(verifyBytes("sha256", input, { key: publicKey(token), ...options }, signature)).toBe(true);
    expect(verifyBytes("sha256", Buffer.concat([input, Buffer.from("x")]), { key: publicKey(token), ...options }, signature)).toBe(false);
  });

  it("is for raidiam the HMAC under a key that only this server has", async () => {
    const { input, signature } = parts(await tokenOf("raidiam"));
    expect(signature).toEqual(
      createHmac("sha256", await secretKey())
        .update(input)
        .digest(),
    );
  });
});

describe("the key set", () => {
  it("has the public keys of the asymmetric algorithms in use, and no private or symmetric key", () => {
    expect(jwks.map(({ alg }) => alg).sort()).toEqual(["ES256", "PS256", "RS256"]);
    const members = jwks.map((jwk) => [jwk.alg, Object.keys(jwk).sort().join(" ")]);
    expect(Object.fromEntries(members)).toEqual({
      ES256: "alg crv kid kty use x y",
      PS256: "alg e kid kty n use",
      RS256: "alg e kid kty n use",
    });
  });

  it("names each key by its RFC 7638 thumbprint", () => {
    for (const { kid, kty, crv, x, y, e, n } of jwks) {
      const members = kty === "EC" ? `{"crv":"${crv}","kty":"EC","x":"${x}","y":"${y}"}` : `{"e":"${e}","kty":"RSA","n":"${n}"}`;
      expect(kid).toBe(createHash("sha256").update(members).digest("base64url"));
    }
  });

  it("has RSA keys of 2048 bits, and EC keys on P-256", () => {
    const keys = jwks.map((jwk) => createPublicKey({ key: jwk, format: "jwk" }));
    for (const { asymmetricKeyType, asymmetricKeyDetails } of keys) {
      if (asymmetricKeyType === "rsa") expect(asymmetricKeyDetails?.modulusLength).toBe(2048);
      else expect(asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    }
  });
});

describe("the token verifier", () => {
  let verifier: TokenVerifier;
  beforeAll(() => {
    const store = makeSigningKeys(polymint.database);
    const keys = makeKeyRing({ store, masterKey: polymint.masterKey, clock: polymint.clock, longestTokenSeconds });
    verifier = makeTokenVerifier(keys, polymint.issuer);
  });

  const encodeJson = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claimsOf = (token: string) => decodeToken(token)?.payload as jwt.JwtPayload;
  const headerOf = (token: string) => decodeToken(token)?.header as jwt.JwtHeader;

  const expectedResult = (token: string) => {
    const claims = claimsOf(token);
    return { jti: claims.jti, expiresAt: claims.exp, kid: headerOf(token).kid, claims };
  };

  it.each(Object.keys(signing) as Contract[])("accepts a token of %s, expired or not", async (contract) => {
    const token = await tokenOf(contract);
    expect(await verifier.verify(token)).toEqual(expectedResult(token));
    const life = (claimsOf(token).exp ?? 0) - polymint.clock() / 1000;
    polymint.clock.advance(life + 1);
    expect(await verifier.verify(token)).toEqual(expectedResult(token));
  });

  /** Tokens that another issuer, or an attacker who has public keys only, could make. */
  const forgeries: [string, (token: string) => string | Promise<string>][] = [
    ["alg none and no signature", (token) => `${encodeJson({ ...headerOf(token), alg: "none" })}.${encodeJson(claimsOf(token))}.`],
    [
      "alg none and its old signature",
      (token) => `${encodeJson({ ...headerOf(token), alg: "none" })}.${token.split(".").slice(1).join(".")}`,
    ],
    ["no signature", (token) => token.slice(0, token.lastIndexOf(".") + 1)],
    ["HS256 under the public key as PEM", (token) => signWithHmac(token, publicKey(token).export({ type: "spki", format: "pem" }))],
    ["HS256 under the public key as DER", (token) => signWithHmac(token, publicKey(token).export({ type: "spki", format: "der" }))],
    ["HS256 under the public key as JWK", (token) => signWithHmac(token, JSON.stringify(jwkOf(token)))],
    ["the typ of another kind of token", async (token) => resign(token, { typ: "logout+jwt" }, {})],
    ["no typ", async (token) => resign(token, { typ: undefined }, {})],
    ["a typ that is no text", async (token) => resign(token, { typ: ["at+jwt"] }, {})],
    ["a changed claim", (token) => alterClaims(token, { sub: "somebody else" })],
    ["an unknown kid", async (token) => resign(token, { kid: "unknown" }, {})],
    ["no kid", async (token) => resign(token, { kid: undefined }, {})],
    ["another issuer", async (token) => resign(token, {}, { iss: "https://elsewhere.example" })],
    ["no jti", async (token) => resign(token, {}, { jti: undefined })],
    ["an exp that is not a number", async (token) => resign(token, {}, { exp: "1800000000" })],
    ["no issuer", async (token) => resign(token, {}, { iss: undefined })],
    ["another key's kid", (token) => replaceKid(token, jwks.find(({ kid }) => kid !== headerOf(token).kid)?.kid ?? "")],
    ["the HS256 key's kid", async (token) => replaceKid(token, headerOf(await tokenOf("raidiam")).kid ?? "")],
    ["17 KiB of claims", async (token) => resign(token, {}, { padding: "x".repeat(17 * 1024) })],
    ["no dots", (token) => token.replaceAll(".", "")],
    ["no characters", () => ""],
    ["a header that is not JSON", (token) => `e30x.${token.split(".").slice(1).join(".")}`],
    ["a payload that is not JSON", async (token) => resignText(token, "not json")],
  ];

  function signWithHmac(token: string, key: string | Buffer): string {
    const input = `${encodeJson({ ...headerOf(token), alg: "HS256" })}.${encodeJson(claimsOf(token))}`;
    return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
  }

  function alterClaims(token: string, claims: object): string {
    const [header, , signature] = token.split(".");
    return `${header}.${encodeJson({ ...claimsOf(token), ...claims })}.${signature}`;
  }

  function replaceKid(token: string, kid: string): string {
    return `${encodeJson({ ...headerOf(token), kid })}.${token.split(".").slice(1).join(".")}`;
  }

  /** Signed again with the server's key, so that only the change can be the reason of the refusal. */
  async function resign(token: string, header: object, claims: object): Promise<string> {
    const input = `${encodeJson({ ...headerOf(token), ...header })}.${encodeJson({ ...claimsOf(token), ...claims })}`;
    return signWithServerKey(token, input);
  }

  async function resignText(token: string, payload: string): Promise<string> {
    return signWithServerKey(token, `${encodeJson(headerOf(token))}.${Buffer.from(payload).toString("base64url")}`);
  }

  async function signWithServerKey(token: string, input: string): Promise<string> {
    const row = (await makeSigningKeys(polymint.database).list()).find(({ kid }) => kid === headerOf(token).kid);
    if (row === undefined) throw new Error("it was not signed here");
    const { signWith } = openSigningKey(row, polymint);
    const key = { key: signWith, dsaEncoding: "ieee-p1363" } as const;
    return `${input}.${signBytes("sha256", Buffer.from(input), key).toString("base64url")}`;
  }

  it("accepts a token that the test itself signs with the server's key, so that each forgery fails for its own reason", async () => {
    const token = await tokenOf("abbeycross");
    expect(await verifier.verify(await resign(token, {}, {}))).toEqual(expectedResult(token));
  });

  it("accepts the typ JWT, which access tokens of some contracts had in earlier releases", async () => {
    const token = await tokenOf("abbeycross");
    expect(await verifier.verify(await resign(token, { typ: "JWT" }, {}))).toEqual(expectedResult(token));
  });

  it.each(forgeries)("refuses a token with %s", async (_what, forge) => {
    expect(await verifier.verify(await forge(await tokenOf("abbeycross")))).toBeUndefined();
  });

  it("refuses another algorithm than the key's own, although the server's key made the signature", async () => {
    const token = await tokenOf("firstvision");
    const row = (await makeSigningKeys(polymint.database).list()).find(({ kid }) => kid === headerOf(token).kid);
    if (row === undefined) throw new Error("it was not signed here");
    const { signWith } = openSigningKey(row, polymint);
    const again = (algorithm: jwt.Algorithm) => jwt.sign(claimsOf(token), signWith, { algorithm, keyid: row.kid });
    expect(await verifier.verify(again("RS256"))).toEqual(expectedResult(token));
    for (const algorithm of ["RS384", "RS512", "PS256"] as const) expect(await verifier.verify(again(algorithm))).toBeUndefined();
  });

  it("refuses a token of another server", async () => {
    const other = await startPolymint();
    const { clientId, secret } = other.clients.abbeycross;
    const response = await request(other.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret });
    expect(await verifier.verify((response.body as { access_token: string }).access_token)).toBeUndefined();
    await other.stop();
  });
});
