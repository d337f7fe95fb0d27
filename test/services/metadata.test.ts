import { constants, generateKeyPairSync, type KeyObject, randomUUID, sign as signBytes } from "node:crypto";
import request, { type Response } from "supertest";
import { authMethods } from "../../src/engine/client";
import { grantTypes } from "../../src/engine/grants";
import { RegistrationError } from "../../src/registration/registration";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { type Authority, makeAuthority, makeServerIdentity } from "../harness/certificates";
import { mustConform } from "../harness/conformance";
import { makeTlsClient } from "../harness/tls-client";
import { jwtBearer } from "../harness/assertion-client";
import { basic } from "../harness/bearer-tokens";
import { registerDevice } from "../harness/device-client";

const oauthPath = "/.well-known/oauth-authorization-server";
const oidcPath = "/.well-known/openid-configuration";
const callback = "https://app.example.net/callback";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

type Metadata = Readonly<Record<string, unknown>>;

async function readDocument(url: string, path: string): Promise<Metadata> {
  const response = await request(url).get(path);
  expect(response.status).toBe(200);
  mustConform(response, "discovery", path, "get");
  return response.body as Metadata;
}
const listOf = (document: Metadata, name: string) => document[name] as readonly string[];
const pathOf = (url: unknown, polymint: TestPolymint) => String(url).slice(polymint.issuer.length);

let polymint: TestPolymint;
let oauth: Metadata;
let oidc: Metadata;
beforeAll(async () => {
  polymint = await startPolymint();
  oauth = await readDocument(polymint.url, oauthPath);
  oidc = await readDocument(polymint.url, oidcPath);
});
afterAll(() => polymint.stop());

describe("the metadata documents", () => {
  it("name the same issuer and the same keys, and may be cached", async () => {
    for (const [document, path] of [
      [oauth, oauthPath],
      [oidc, oidcPath],
    ] as const) {
      expect(document).toMatchObject({ issuer: polymint.issuer, jwks_uri: `${polymint.issuer}/.well-known/jwks.json` });
      expect((await request(polymint.url).get(path)).headers["cache-control"]).toBe("public, max-age=300");
    }
  });

  it("are not found while the contract they describe is switched off", async () => {
    const expectNotFound = async (contracts: string[], gone: string, there: string) => {
      const other = await startPolymint({ contracts });
      const response = await request(other.url).get(gone);
      expect(response.status).toBe(404);
      mustConform(response, "discovery", gone, "get");
      await readDocument(other.url, there);
      await other.stop();
    };
    await expectNotFound(["screening-eagle"], oauthPath, oidcPath);
    await expectNotFound(["raidiam"], oidcPath, oauthPath);
  });
});

describe("the metadata of an issuer with a path", () => {
  it("are at the well-known path followed by the issuer's (RFC 8414 §3.1), and before it, but at no other path", async () => {
    const other = await startPolymint({ issuer: "http://polymint.test/auth/v1" });
    const statusOf = async (path: string) => (await request(other.url).get(path)).status;
    for (const path of [oauthPath, oidcPath]) {
      const inserted = await request(other.url).get(`${path}/auth/v1`);
      expect([inserted.status, (inserted.body as Metadata).issuer]).toEqual([200, "http://polymint.test/auth/v1"]);
      expect((await request(other.url).get(path)).text).toBe(inserted.text);
      expect(await statusOf(`${path}/auth/v1?x=1`)).toBe(200);
      for (const wrong of ["/", "/auth", "/auth/v1/", "/auth/v1/x", "/AUTH/v1", "//auth/v1"])
        expect(await statusOf(path + wrong)).toBe(404);
    }
    expect(await statusOf("/.well-known/jwks.json/auth/v1")).toBe(404);
    await other.stop();
    expect((await request(polymint.url).get(`${oauthPath}/auth/v1`)).status).toBe(404);
  });

  it("have no member without an element (RFC 8414 §3.2)", () => {
    for (const document of [oauth, oidc]) for (const member of Object.values(document)) expect(member).not.toEqual([]);
    expect(oauth).not.toHaveProperty("response_types_supported");
  });
});

describe("the endpoints", () => {
  const endpoints = (document: Metadata) =>
    Object.entries(document).filter(([name]) => name.endsWith("_endpoint") || name === "jwks_uri") as [string, string][];

  it("exist if they are listed", async () => {
    for (const [, url] of [...endpoints(oauth), ...endpoints(oidc)]) {
      const path = pathOf(url, polymint);
      const { status, headers } = await request(polymint.url).delete(path);
      // The path exists, the method does not.
      expect({ path, status, allow: headers.allow }).toEqual({ path, status: 405, allow: expect.stringMatching(/GET|POST/) as string });
    }
  });

  it("are listed if they exist", () => {
    const own = ["token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"];
    const names = (document: Metadata) => endpoints(document).map(([name]) => name);
    expect(names(oauth).sort()).toEqual([...own, "device_authorization_endpoint"].sort());
    expect(names(oidc).sort()).toEqual([...own, "authorization_endpoint", "userinfo_endpoint"].sort());
    expect(pathOf(oauth.token_endpoint, polymint)).toBe("/token");
    expect(pathOf(oidc.token_endpoint, polymint)).toBe("/api/id/v1/auth/token");
  });

  it("are not found while their contract is switched off", async () => {
    const other = await startPolymint({ contracts: ["abbeycross"] });
    const found = [];
    for (const name of ["token_endpoint", "device_authorization_endpoint"]) found.push(pathOf(oauth[name], polymint));
    for (const name of ["token_endpoint", "authorization_endpoint"]) found.push(pathOf(oidc[name], polymint));
    for (const path of found) expect([path, (await request(other.url).post(path)).status]).toEqual([path, 404]);
    await other.stop();
  });
});

describe("the grant types", () => {
  const universe = [
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "private_key_jwt",
    "tls_client_auth",
    "password",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    ...grantTypes,
  ];

  it.each([...new Set(universe)])("of raidiam include %s if and only if it is listed", async (grantType) => {
    const form = { grant_type: grantType, client_id: "demo-raidiam", device_code: "none", code: "none" };
    const proof = { client_assertion_type: jwtBearer, client_assertion: polymint.clients.raidiam.assertion(polymint.issuer) };
    const response = await request(polymint.url)
      .post("/token")
      .type("form")
      .send({ ...form, ...proof });
    const known = (response.body as { error?: string }).error !== "unsupported_grant_type";
    // Without a TLS listener tls_client_auth is known to the contract but cannot be used.
    const usable = known && grantType !== "tls_client_auth";
    expect(usable).toBe(listOf(oauth, "grant_types_supported").includes(grantType));
  });

  it.each([...new Set(universe)])("of screening-eagle include %s if and only if it is listed", async (grantType) => {
    const response = await request(polymint.url)
      .post("/api/id/v1/auth/token")
      .set("Authorization", basic("demo-screening-eagle", polymint.clients["screening-eagle"].secret))
      .type("form")
      .send({
        grant_type: grantType,
        scope: "inspect",
        code: "none",
        redirect_uri: callback,
        code_verifier: "v".repeat(43),
        refresh_token: "none",
      });
    const known = !/^grant_type /.test((response.body as { errorDescription?: string }).errorDescription ?? "");
    expect(known).toBe(listOf(oidc, "grant_types_supported").includes(grantType));
  });
});

describe("client authentication", () => {
  const jwks = [{ ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }), kid: "k" }];

  it.each(authMethods)("by %s can be registered for a contract if and only if it is listed", async (method) => {
    const needs = {
      ...(method === "private_key_jwt" || method === "self_signed_tls_client_auth" ? { jwks } : {}),
      ...(method === "tls_client_auth" ? { tlsSubject: { kind: "san_dns", value: "client.example.net" } as const } : {}),
      ...(method === "none" ? { grants: ["device_code"] as const } : {}),
    };
    for (const [contract, document] of [
      ["raidiam", oauth],
      ["screening-eagle", oidc],
    ] as const) {
      const outcome = await polymint.register({ contracts: [contract], authMethods: [method], ...needs }).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(RegistrationError);
          return false;
        },
      );
      // Certificates cannot reach this server.
      const usable = outcome && !method.includes("tls");
      expect([contract, usable]).toEqual([contract, listOf(document, "token_endpoint_auth_methods_supported").includes(method)]);
    }
  });

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wideEc = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ed = generateKeyPairSync("ed25519");
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const p1363 = { dsaEncoding: "ieee-p1363" } as const;
  const signers: Readonly<Record<string, { key: KeyObject; sign(input: Buffer): Buffer }>> = {
    ES256: { key: ec.publicKey, sign: (input) => signBytes("sha256", input, { key: ec.privateKey, ...p1363 }) },
    ES384: { key: wideEc.publicKey, sign: (input) => signBytes("sha384", input, { key: wideEc.privateKey, ...p1363 }) },
    RS256: { key: rsa.publicKey, sign: (input) => signBytes("sha256", input, rsa.privateKey) },
    RS512: { key: rsa.publicKey, sign: (input) => signBytes("sha512", input, rsa.privateKey) },
    PS256: { key: rsa.publicKey, sign: (input) => signBytes("sha256", input, { key: rsa.privateKey, ...pss }) },
    PS512: { key: rsa.publicKey, sign: (input) => signBytes("sha512", input, { key: rsa.privateKey, ...pss }) },
    EdDSA: { key: ed.publicKey, sign: (input) => signBytes(null, input, ed.privateKey) },
    none: { key: rsa.publicKey, sign: () => Buffer.alloc(0) },
  };
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it.each(Object.keys(signers))("accepts assertions signed with %s if and only if it is listed", async (alg) => {
    const signer = signers[alg] as (typeof signers)[string];
    const registered = {
      jwks: [{ ...signer.key.export({ format: "jwk" }), kid: "k" }],
      assertionAlgorithms: ["PS256", "ES256", "RS256"] as const,
    };
    const services = ["introspection", "revocation"] as const;
    const outcome = await polymint.register({ contracts: ["raidiam"], services, ...registered }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(RegistrationError);
    });
    const id = outcome === undefined ? "nobody" : outcome.client.id;
    const isAccepted = async (path: string): Promise<boolean> => {
      const now = Math.floor(polymint.clock() / 1000);
      const claims = { iss: id, sub: id, aud: polymint.issuer, iat: now, exp: now + 60, jti: randomUUID() };
      const input = `${encoded({ alg, kid: "k", typ: "JWT" })}.${encoded(claims)}`;
      const assertion = `${input}.${signer.sign(Buffer.from(input)).toString("base64url")}`;
      const form = { client_assertion_type: jwtBearer, client_assertion: assertion, token: "any" };
      return (await request(polymint.url).post(path).type("form").send(form)).status === 200;
    };
    for (const endpoint of ["token", "introspection", "revocation"]) {
      const expected = listOf(oauth, `${endpoint}_endpoint_auth_signing_alg_values_supported`).includes(alg);
      expect([endpoint, await isAccepted(pathOf(oauth[`${endpoint}_endpoint`], polymint))]).toEqual([endpoint, expected]);
    }
  });

  it.each(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"])(
    "by %s works at introspection and revocation if and only if it is listed",
    async (method) => {
      for (const endpoint of ["introspection", "revocation"] as const) {
        const expected = listOf(oidc, `${endpoint}_endpoint_auth_methods_supported`).includes(method);
        expect(listOf(oauth, `${endpoint}_endpoint_auth_methods_supported`).includes(method)).toBe(expected);
        if (method === "none") expect([endpoint, expected]).toEqual([endpoint, endpoint === "revocation"]);
        const response = await authenticateBy(method, endpoint);
        expect([endpoint, response.status === 200]).toEqual([endpoint, expected]);
      }
    },
  );

  async function authenticateBy(method: string, service: "introspection" | "revocation"): Promise<Response> {
    const test = request(polymint.url)
      .post(pathOf(oauth[`${service}_endpoint`], polymint))
      .type("form");
    if (method === "private_key_jwt") {
      const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const { client } = await polymint.register({
        contracts: ["raidiam"],
        services: [service],
        jwks: [key.publicKey.export({ format: "jwk" })],
      });
      const now = Math.floor(polymint.clock() / 1000);
      const claims = { iss: client.id, sub: client.id, aud: polymint.issuer, iat: now, exp: now + 60, jti: randomUUID() };
      const input = `${encoded({ alg: "ES256" })}.${encoded(claims)}`;
      const signature = signBytes("sha256", Buffer.from(input), { key: key.privateKey, ...p1363 }).toString("base64url");
      return test.send({ client_assertion_type: jwtBearer, client_assertion: `${input}.${signature}`, token: "any" });
    }
    if (method === "none") return test.send({ client_id: await registerDevice(polymint, { services: [service] }), token: "any" });
    const authMethod = method === "client_secret_post" ? method : "client_secret_basic";
    const { client, secret } = await polymint.register({ contracts: [], services: [service], authMethods: [authMethod] });
    const value = secret?.value ?? "";
    if (method === "client_secret_post") return test.send({ client_id: client.id, client_secret: value, token: "any" });
    return test.set("Authorization", basic(client.id, value)).send({ token: "any" });
  }
});

describe("the authorization endpoint", () => {
  let clientId: string;
  beforeAll(async () => {
    const scopes = ["openid", "email", "profile", "offline"];
    clientId = (await polymint.register({ contracts: ["screening-eagle"], redirectUris: [callback], scopes })).client.id;
  });
  async function errorOf(parameters: Record<string, string>): Promise<string | null> {
    const usual = {
      response_type: "code",
      client_id: clientId,
      redirect_uri: callback,
      scope: "openid",
      code_challenge: challenge,
      code_challenge_method: "S256",
      prompt: "none",
    };
    const response = await request(polymint.url)
      .get("/authorize")
      .query({ ...usual, ...parameters });
    const location: string | undefined = response.get("Location");
    if (location === undefined || !location.startsWith(callback)) return null;
    expect(new URL(location).searchParams.get("iss")).toBe(
      oidc.authorization_response_iss_parameter_supported === true ? polymint.issuer : null,
    );
    return new URL(location).searchParams.get("error");
  }
  /** The error of a valid request with prompt=none when no person is logged in. */
  const nobodyLoggedIn = "login_required";

  it.each(["code", "token", "id_token", "code id_token", "none"])(
    "accepts the response type %s if and only if it is listed",
    async (type) => {
      expect((await errorOf({ response_type: type })) === nobodyLoggedIn).toBe(listOf(oidc, "response_types_supported").includes(type));
    },
  );
  it.each(["query", "fragment", "form_post", "jwt"])("accepts the response mode %s if and only if it is listed", async (mode) => {
    expect((await errorOf({ response_mode: mode })) === nobodyLoggedIn).toBe(listOf(oidc, "response_modes_supported").includes(mode));
  });
  it.each(["S256", "plain"])("accepts the challenge method %s if and only if it is listed", async (method) => {
    expect((await errorOf({ code_challenge_method: method })) === nobodyLoggedIn).toBe(
      listOf(oidc, "code_challenge_methods_supported").includes(method),
    );
  });
  it.each(["openid", "email", "profile", "offline", "offline_access", "address"])(
    "accepts the scope %s if and only if it is listed",
    async (scope) => {
      const wide = (
        await polymint.register({ contracts: ["screening-eagle"], redirectUris: [callback], scopes: listOf(oidc, "scopes_supported") })
      ).client.id;
      expect((await errorOf({ client_id: wide, scope })) === nobodyLoggedIn).toBe(listOf(oidc, "scopes_supported").includes(scope));
    },
  );
  it.each(["none", "login", "consent", "select_account", "create"])("accepts the prompt %s if and only if it is listed", async (prompt) => {
    const error = await errorOf({ prompt });
    expect(error === null || error === nobodyLoggedIn).toBe(listOf(oidc, "prompt_values_supported").includes(prompt));
  });
  it("accepts no request objects, as the metadata says", async () => {
    expect(oidc).toMatchObject({
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      claims_parameter_supported: false,
    });
    expect(await errorOf({ request: "eyJhbGciOiJub25lIn0.e30." })).toBe("request_not_supported");
    expect(await errorOf({ request_uri: "https://app.example.net/request" })).toBe("request_uri_not_supported");
  });
});

describe("the metadata with a TLS listener", () => {
  let secure: TestPolymint;
  let server: Awaited<ReturnType<typeof makeServerIdentity>>;
  let authority: Authority;
  beforeAll(async () => {
    server = await makeServerIdentity();
    authority = await makeAuthority("CN=Client CA");
    secure = await startPolymint({ startAt: Date.now(), tls: { cert: server.cert, key: server.key, clientCa: authority.cert } });
  });
  afterAll(() => secure.stop());

  it("lists what a certificate gives access to, only under the aliases", async () => {
    const [withTls, without] = [await readDocument(secure.url, oauthPath), oauth];
    const added = (name: string) => listOf(withTls, name).filter((each) => !listOf(without, name).includes(each));
    expect(added("grant_types_supported")).toEqual(["tls_client_auth"]);
    for (const endpoint of ["token", "introspection", "revocation"]) {
      expect(added(`${endpoint}_endpoint_auth_methods_supported`)).toEqual(["tls_client_auth", "self_signed_tls_client_auth"]);
    }
    expect(withTls.tls_client_certificate_bound_access_tokens).toBe(true);
    expect(without).not.toHaveProperty("tls_client_certificate_bound_access_tokens");
    expect(without).not.toHaveProperty("mtls_endpoint_aliases");
  });

  it.each(["tls_client_auth", "self_signed_tls_client_auth"] as const)("lists aliases that accept %s", async (method) => {
    const holder = await authority.issue({ subject: "C=GB, CN=machine" });
    const { client } = await secure.register({
      contracts: ["raidiam"],
      services: ["introspection", "revocation"],
      authMethods: [method],
      grants: ["client_credentials", "device_code"],
      ...(method === "tls_client_auth"
        ? { tlsSubject: { kind: "subject_dn", value: "CN=machine,C=GB" } }
        : { jwks: [holder.certifiedJwk] }),
    });
    const aliases = (await readDocument(secure.url, oauthPath)).mtls_endpoint_aliases as Record<string, string>;
    expect(Object.keys(aliases).sort()).toEqual([
      "device_authorization_endpoint",
      "introspection_endpoint",
      "revocation_endpoint",
      "token_endpoint",
    ]);
    const showing = makeTlsClient(secure.tlsUrl ?? "", server.ca, holder);
    for (const [name, url] of Object.entries(aliases)) {
      expect(url.startsWith(`${secure.tlsUrl}/`)).toBe(true);
      const path = url.slice((secure.tlsUrl ?? "").length);
      expect([name, (await showing.post(path, { client_id: client.id, token: "any" })).status]).toEqual([name, 200]);
    }
    await showing.close();
  });

  it("names the alias of userinfo in the OpenID document", async () => {
    const aliases = (await readDocument(secure.url, oidcPath)).mtls_endpoint_aliases;
    expect(aliases).toMatchObject({ userinfo_endpoint: `${secure.tlsUrl}/userinfo` });
  });
});
