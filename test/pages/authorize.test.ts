import { decode } from "jsonwebtoken";
import request from "supertest";
import { makeClientAdmin } from "../../src/store/clients/admin";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { type AuthorizeParameters, authorize, authorizePath, challengeOf, makeVerifier, walkPages } from "../harness/authorize";
import { type Browser, formsOf, makeBrowser, type PageResponse } from "../harness/browser";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { withoutTable } from "../../src/contract-suite/tables";

const redirectUri = "https://app.example/cb";
const scopes = ["openid", "email", "profile", "offline", "inspect"];

let polymint: TestPolymint;
let clientId: string;
let clientSecret: string;
/** Logged in, with a consent to `openid`: for requests that change neither. */
let known: Browser;
beforeAll(async () => {
  polymint = await startPolymint();
  const { client, secret } = await register();
  clientId = client.id;
  clientSecret = secret?.value ?? "";
  await polymint.register({ contracts: ["abbeycross"], scopes: ["admin"] });
  known = await logInWithConsent();
});
afterAll(() => polymint.stop());

const register = (facts: { redirectUris?: string[]; name?: string } = {}) =>
  polymint.register({ contracts: ["screening-eagle"], redirectUris: [redirectUri], scopes, ...facts });
const browse = () => makeBrowser(polymint.url);
const makeParameters = (parameters: Record<string, string | undefined> = {}): AuthorizeParameters => ({
  clientId,
  redirectUri,
  scope: "openid",
  state: "s1",
  parameters,
});

async function logIn(): Promise<Browser> {
  const browser = browse();
  await browser.submit(await browser.get("/login"), { email: polymint.person.email, password: polymint.person.password });
  return browser;
}

/** Logs a person in who has consented to `openid` for the client. */
async function logInWithConsent(): Promise<Browser> {
  const browser = await logIn();
  await walkPages(browser, await browser.get(authorizePath(makeParameters())), polymint.person);
  return browser;
}

/** Reads the answer that a redirect takes to the client. */
function readAnswer(answer: PageResponse, uri = redirectUri): Record<string, string> {
  const location = answer.headers.get("location") ?? "";
  expect([answer.status, location.startsWith(uri)]).toEqual([303, true]);
  return Object.fromEntries(new URL(location).searchParams);
}

const isLogin = (answer: PageResponse) => answer.status === 303 && answer.headers.get("location")?.startsWith("./login?continue=") === true;
const isConsent = ({ status, text }: PageResponse) => status === 200 && text.includes('value="approve"');

describe("/authorize, without a valid client and redirect URI", () => {
  async function expectErrorPage(path: string, sentence: RegExp): Promise<void> {
    for (const browser of [browse(), known]) {
      const { status, headers, text } = await browser.get(path);
      expect([path, status, headers.get("location"), sentence.test(text)]).toEqual([path, 400, null, true]);
      expect(headers.get("content-security-policy")).toContain("form-action 'self';");
    }
  }
  const noClient = /The application that sent you here is not known/;
  const notItsAddress = /not one that the application has registered/;

  it("shows an error and redirects nowhere if the client is missing, unknown, disabled or of another contract", async () => {
    const { client } = await register();
    await makeClientAdmin(polymint.database).setStatus(client.id, "disabled", polymint.clock());
    const others = [
      undefined,
      "",
      "nobody",
      clientId.slice(1),
      `${clientId} `,
      `${clientId}\0`,
      "a".repeat(3_000),
      "demo-weavr",
      client.id,
    ];
    for (const id of others) await expectErrorPage(authorizePath(makeParameters({ client_id: id })), noClient);
  });

  it("refuses every redirect URI that differs from the registered one in any character", async () => {
    const registered = "https://app.example:8443/path/cb?b=2&a=1";
    const { client } = await register({ redirectUris: [registered] });
    const others = [
      "",
      "https://evil.example/",
      "https://app.example/path/cb?b=2&a=1",
      "https://app.example:8443/path/cb",
      "https://app.example:8443/path/cb?a=1&b=2",
      "https://app.example:8443/path/cb?b=2&a=1&c=3",
      "https://app.example:8443/path/cb/?b=2&a=1",
      "https://app.example:8443/path/CB?b=2&a=1",
      "https://APP.example:8443/path/cb?b=2&a=1",
      "HTTPS://app.example:8443/path/cb?b=2&a=1",
      "http://app.example:8443/path/cb?b=2&a=1",
      "https://app.example:8444/path/cb?b=2&a=1",
      "https://app.example.:8443/path/cb?b=2&a=1",
      "https://app.example:8443/path/x/../cb?b=2&a=1",
      "https://app.example:8443/path/./cb?b=2&a=1",
      "https://app.example:8443//path/cb?b=2&a=1",
      "https://app.example:8443/path/%63b?b=2&a=1",
      "https://app.example:8443/path%2Fcb?b=2&a=1",
      "https://app.example:8443\\path\\cb?b=2&a=1",
      "https://app.example:8443/path/cb?b=2&a=1#",
      "https://app.example:8443/path/cb?b=2&a=1#x",
      "https://app.example:8443@evil.example/path/cb?b=2&a=1",
      "https://user@app.example:8443/path/cb?b=2&a=1",
      "https://evil.example#https://app.example:8443/path/cb?b=2&a=1",
      " https://app.example:8443/path/cb?b=2&a=1",
      "https://app.example:8443/path/cb?b=2&a=1 ",
      "https://app.example:8443/path/cb?b=2&a=1\0",
      "https://app.example:8443/path/cb?b=2&a=1\r\nX: y",
      "//app.example:8443/path/cb?b=2&a=1",
      "javascript:alert(1)",
      redirectUri,
    ];
    for (const other of others)
      await expectErrorPage(authorizePath({ ...makeParameters(), clientId: client.id, redirectUri: other }), notItsAddress);
    const good = await browse().get(authorizePath({ ...makeParameters(), clientId: client.id, redirectUri: registered }));
    expect(isLogin(good)).toBe(true);
  });

  it.each([
    ["http://127.0.0.1/cb?x=1", "http://127.0.0.1:51004/cb?x=1"],
    ["http://127.0.0.1:4000/cb?x=1", "http://127.0.0.1/cb?x=1"],
    ["http://127.0.0.1:4000/cb?x=1", "http://127.0.0.1:65535/cb?x=1"],
    ["http://[::1]/cb", "http://[::1]:1/cb"],
    ["http://[::1]:8080", "http://[::1]:8081"],
  ])("accepts for %s the same address at another port, %s (RFC 8252 §7.3), and the code is redeemed with that port", async (own, asked) => {
    const { client, secret } = await register({ redirectUris: [own] });
    const { code, codeVerifier, location } = await authorize(polymint, { ...makeParameters(), clientId: client.id, redirectUri: asked });
    expect(location.href.startsWith(new URL(asked).href)).toBe(true);
    const redeem = (redirect_uri: string) =>
      request(polymint.url)
        .post("/api/id/v1/auth/token")
        .auth(client.id, secret?.value ?? "")
        .type("form")
        .send({ grant_type: "authorization_code", code, code_verifier: codeVerifier, redirect_uri });
    expect((await redeem(own)).status).not.toBe(200);
    await redeem(asked).expect(200);
  });

  it("refuses for a loopback address everything but another port, and another port for every other host", async () => {
    const own = ["http://127.0.0.1:4000/cb", "http://localhost:4000/cb", "https://127.0.0.1:4000/tls", "http://[::1]/six"];
    const { client } = await register({ redirectUris: own });
    const others = [
      "http://localhost/cb",
      "http://localhost:4001/cb",
      "https://127.0.0.1:4001/tls",
      "https://127.0.0.1:4001/cb",
      "http://127.0.0.1:4001/cb/",
      "http://127.0.0.1:4001/other",
      "http://127.0.0.1:4001/cb?x=1",
      "http://127.0.0.1:4001/six",
      "http://127.0.0.1:/cb",
      "http://127.0.0.1:0/cb",
      "http://127.0.0.1:04001/cb",
      "http://127.0.0.1:65536/cb",
      "http://127.0.0.1:4001x/cb",
      "http://127.0.0.1:4001@evil.example/cb",
      "http://127.0.0.1:4001:4002/cb",
      "http://127.0.0.1.evil.example:4001/cb",
      "http://127.0.0.2:4001/cb",
      "http://127.1:4001/cb",
      "http://[::1]:4001/cb",
      "http://[0:0:0:0:0:0:0:1]:4001/six",
      "HTTP://127.0.0.1:4001/cb",
    ];
    for (const other of others)
      await expectErrorPage(authorizePath({ ...makeParameters(), clientId: client.id, redirectUri: other }), notItsAddress);
  });

  it("refuses a client or a redirect URI that comes twice", async () => {
    await expectErrorPage(`${authorizePath(makeParameters())}&client_id=${clientId}`, noClient);
    await expectErrorPage(`${authorizePath(makeParameters())}&redirect_uri=${encodeURIComponent(redirectUri)}`, notItsAddress);
    await expectErrorPage(`${authorizePath(makeParameters())}&redirect_uri=https%3A%2F%2Fevil.example`, notItsAddress);
  });

  it("refuses a request that is too long or cannot be decoded", async () => {
    for (const bad of ["&state=%zz", "&state=%ff", `&state=${"a".repeat(6_000)}`])
      await expectErrorPage(`${authorizePath(makeParameters())}${bad}`, /not valid form encoding|too long/);
  });

  it("shows nothing of a refused request", async () => {
    const { text } = await browse().get(authorizePath(makeParameters({ client_id: "<script>alert(1)</script>", state: "<b>" })));
    expect(text).not.toMatch(/<script|&lt;script|<b>/);
  });
});

describe("/authorize, with an invalid request of a valid client", () => {
  const cases: readonly (readonly [string, Record<string, string | undefined>, string])[] = [
    ["no response type", { response_type: undefined }, "invalid_request"],
    ["the implicit flow", { response_type: "token" }, "unsupported_response_type"],
    ["the hybrid flow", { response_type: "code id_token" }, "unsupported_response_type"],
    ["no PKCE", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["an empty challenge", { code_challenge: "" }, "invalid_request"],
    ["no PKCE method, which would be plain", { code_challenge_method: undefined }, "invalid_request"],
    ["the plain PKCE method", { code_challenge_method: "plain" }, "invalid_request"],
    ["an unknown PKCE method", { code_challenge_method: "s256" }, "invalid_request"],
    ["a challenge that is too short", { code_challenge: "a".repeat(42) }, "invalid_request"],
    ["a challenge that is too long", { code_challenge: "a".repeat(44) }, "invalid_request"],
    ["a challenge that is not base64url", { code_challenge: `${"a".repeat(42)}=` }, "invalid_request"],
    ["no scope", { scope: undefined }, "invalid_request"],
    ["a blank scope", { scope: "  " }, "invalid_request"],
    ["a scope that another client has, beside an unknown one", { scope: "openid foo admin" }, "invalid_scope"],
    ["only scopes that are unknown", { scope: "OPENID foo" }, "invalid_scope"],
    ["response_mode fragment", { response_mode: "fragment" }, "invalid_request"],
    ["response_mode form_post", { response_mode: "form_post" }, "invalid_request"],
    ["a request object", { request: "eyJ" }, "request_not_supported"],
    ["a request by reference", { request_uri: "https://app.example/r" }, "request_uri_not_supported"],
    ["a registration parameter", { registration: "{}" }, "registration_not_supported"],
    ["an unknown prompt", { prompt: "create" }, "invalid_request"],
    ["prompt=none beside another", { prompt: "none login" }, "invalid_request"],
    ["a max_age that is not a number", { max_age: "soon" }, "invalid_request"],
    ["a negative max_age", { max_age: "-1" }, "invalid_request"],
    ["a NUL in the nonce", { nonce: "a\0b" }, "invalid_request"],
    ["a NUL in an unknown parameter", { foo: "\0" }, "invalid_request"],
  ];

  it.each(cases)("sends an error to the client for %s", async (_name, parameters, error) => {
    for (const browser of [browse(), known]) {
      const answer = readAnswer(await browser.get(authorizePath(makeParameters(parameters))));
      expect(answer).toEqual({
        error,
        error_description: expect.stringMatching(/^[\x20-\x7e]+$/) as string,
        state: "s1",
        iss: polymint.issuer,
      });
    }
  });

  it("sends an error to the client for a repeated parameter, and returns the state only if it is valid", async () => {
    for (const name of ["scope", "response_type", "nonce", "code_challenge", "prompt", "login_hint", "request"]) {
      const answer = readAnswer(await browse().get(`${authorizePath(makeParameters({ [name]: "openid" }))}&${name}=openid`));
      expect([name, answer.error, answer.state]).toEqual([name, "invalid_request", "s1"]);
    }
    const answer = readAnswer(await browse().get(`${authorizePath(makeParameters())}&state=s2`));
    expect([answer.error, answer.state]).toEqual(["invalid_request", undefined]);
    const withNul = readAnswer(await browse().get(authorizePath(makeParameters({ state: "a\0" }))));
    expect([withNul.error, withNul.state]).toEqual(["invalid_request", undefined]);
  });

  it("ignores unknown parameters however often they come (RFC 6749 §3.1, RFC 8707 §2)", async () => {
    const search = "&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example&resource=&ui_locales=de&ui_locales=en";
    expect(readAnswer(await (await logInWithConsent()).get(`${authorizePath(makeParameters())}${search}`)).code).toMatch(/^pmc_/);
  });

  it("sends an error to a client that is not registered for the grant", async () => {
    const { client } = await register();
    await polymint.database.build((knex) =>
      knex("clients")
        .where("id", client.id)
        .update({ grants: ["client_credentials"] }),
    );
    const answer = readAnswer(await browse().get(authorizePath({ ...makeParameters(), clientId: client.id })));
    expect(answer).toMatchObject({ error: "unauthorized_client", state: "s1", iss: polymint.issuer });
  });

  it("adds the answer to a redirect URI that has a query, and leaves the query unchanged", async () => {
    const uri = "https://app.example/cb?tenant=a%20b&x=";
    const { client } = await register({ redirectUris: [uri] });
    const answer = await browse().get(
      authorizePath({ ...makeParameters({ response_type: "token" }), clientId: client.id, redirectUri: uri }),
    );
    expect(answer.headers.get("location")?.startsWith(`${uri}&error=unsupported_response_type&`)).toBe(true);
  });

  it("returns any state unchanged", async () => {
    for (const state of ["a b+c&d=e#f%", "ünï\u{1f511}", `"><script>`, "x".repeat(2_000), "\r\nSet-Cookie: a=b"]) {
      const answer = await browse().get(authorizePath(makeParameters({ state, response_type: "token" })));
      expect(readAnswer(answer).state).toBe(state);
      expect(answer.headers.has("set-cookie")).toBe(false);
    }
  });

  it("ignores unknown parameters", async () => {
    const answer = await (
      await logInWithConsent()
    ).get(authorizePath(makeParameters({ display: "popup", ui_locales: "de", acr_values: "1", foo: "bar" })));
    expect(readAnswer(answer).code).toMatch(/^pmc_/);
  });
});

describe("/authorize", () => {
  it("leads through login and consent to a code that gets tokens, with state and issuer beside it", async () => {
    const codeVerifier = makeVerifier();
    const { code, location } = await authorize(polymint, { ...makeParameters({ nonce: "n-1" }), scope: "openid email", codeVerifier });
    expect(location.href.startsWith(`${redirectUri}?code=`)).toBe(true);
    expect(Object.fromEntries(location.searchParams)).toEqual({ code, state: "s1", iss: polymint.issuer });
    const loginAt = Math.floor(polymint.clock() / 1000);
    const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: codeVerifier };
    const exchanged = await request(polymint.url).post("/api/id/v1/auth/token").auth(clientId, clientSecret).type("form").send(form);
    expect(exchanged.status).toBe(200);
    const { id_token: idToken, scope } = exchanged.body as { id_token: string; scope: string };
    expect(scope).toBe("openid email");
    expect(decode(idToken)).toMatchObject({ sub: polymint.person.id, nonce: "n-1", auth_time: loginAt, email: polymint.person.email });
  });

  it("leaves the state out of the answer if the request had none", async () => {
    const { location } = await authorize(polymint, { clientId, redirectUri, scope: "openid" });
    expect([...location.searchParams.keys()]).toEqual(["code", "iss"]);
  });

  it("gives a new code each time, without a page, to a person who is logged in and has consented before", async () => {
    const browser = await logInWithConsent();
    const codes = [];
    for (let times = 0; times < 3; times += 1) codes.push(readAnswer(await browser.get(authorizePath(makeParameters()))).code);
    expect(new Set(codes).size).toBe(3);
  });

  it("takes the request as a form from the client's own site and redirects it to GET, so that the browser sends its cookie", async () => {
    const browser = await logInWithConsent();
    const cookies = browser.setCookies.length;
    const fields = authorizePath(makeParameters()).split("?")[1] ?? "";
    // A browser sends a form of another site without the cookie.
    const posted = await browse().post("/authorize", fields, { "sec-fetch-site": "cross-site", origin: "https://app.example" });
    expect([posted.status, posted.headers.has("set-cookie")]).toEqual([303, false]);
    expect(posted.headers.get("location")).toBe(`./authorize?${fields}`);
    expect(readAnswer(await browser.get(`/authorize?${fields}`)).code).toMatch(/^pmc_/);
    expect(browser.setCookies).toHaveLength(cookies);
  });

  it("keeps repeated parameters of a form, so that they are refused", async () => {
    const fields = `${authorizePath(makeParameters()).split("?")[1] ?? ""}&client_id=another`;
    const browser = browse();
    const answer = await browser.follow(await browser.post("/authorize", fields));
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
  });

  it("refuses a form that cannot be decoded or is too long for an address", async () => {
    for (const body of ["client_id=%zz", "client_id=\u00e4", `state=${"a".repeat(6_000)}`])
      expect((await browse().post("/authorize", body)).status).toBe(400);
  });

  it("keeps codes only as digests", async () => {
    const { code } = await authorize(polymint, makeParameters());
    const rows = await polymint.database.build((knex) => knex("authorization_codes"));
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(code);
    expect(JSON.stringify(polymint.logs)).not.toContain(code);
  });

  it("sends an unforeseen failure to the client as server_error, and logs its cause", async () => {
    const browser = await logInWithConsent();
    const answer = await withoutTable(polymint, "authorization_codes", () => browser.get(authorizePath(makeParameters())));
    expect(readAnswer(answer)).toMatchObject({ error: "server_error", state: "s1", iss: polymint.issuer });
    expect(readAnswer(answer).error_description).not.toMatch(/authorization_codes|relation/);
    expect(polymint.logs.at(-1)).toMatchObject({ contract: "pages", page: "/authorize", outcome: "server_error", client: clientId });
  });

  it("redirects to an application's own scheme", async () => {
    const uri = "com.example.app:/cb";
    const { client } = await register({ redirectUris: [uri] });
    const browser = await logIn();
    const consent = await browser.get(authorizePath({ ...makeParameters(), clientId: client.id, redirectUri: uri }));
    expect(consent.headers.get("content-security-policy")).toContain("; form-action 'self' com.example.app:; ");
    expect(consent.text).toContain("<bdi>com.example.app</bdi>");
    const answer = await browser.submit(consent, {}, "Allow");
    expect(answer.headers.get("location")?.startsWith(`${uri}?code=pmc_`)).toBe(true);
  });
});

describe("the parameters prompt and max_age", () => {
  it("prompt=none never shows a page", async () => {
    const path = authorizePath(makeParameters({ prompt: "none" }));
    expect(readAnswer(await browse().get(path))).toMatchObject({ error: "login_required", state: "s1" });
    expect(readAnswer(await (await logInWithConsent()).get(path)).code).toMatch(/^pmc_/);
    const { client } = await register();
    const unknown = await (await logIn()).get(authorizePath({ ...makeParameters({ prompt: "none" }), clientId: client.id }));
    expect(readAnswer(unknown)).toMatchObject({ error: "consent_required", state: "s1" });
    const browser = await logInWithConsent();
    polymint.clock.advance(60);
    expect(readAnswer(await browser.get(authorizePath(makeParameters({ prompt: "none", max_age: "59" })))).error).toBe("login_required");
    expect(readAnswer(await browser.get(authorizePath(makeParameters({ prompt: "none", max_age: "60" })))).code).toMatch(/^pmc_/);
  });

  it.each(["login", "select_account", "login consent"])("prompt=%s demands one login", async (prompt) => {
    const browser = await logInWithConsent();
    polymint.clock.advance(5);
    const asked = await browser.get(authorizePath(makeParameters({ prompt })));
    expect(isLogin(asked)).toBe(true);
    const login = await browser.follow(asked);
    expect(login.text).toContain("to continue to");
    const back = await browser.submit(login, { email: polymint.person.email, password: polymint.person.password });
    const answer = await browser.follow(back);
    if (prompt.includes("consent")) expect(isConsent(answer)).toBe(true);
    else expect(readAnswer(answer).code).toMatch(/^pmc_/);
  });

  it("prompt=login is not satisfied by going back without a login, by another request's note or by a forged note", async () => {
    const browser = await logInWithConsent();
    polymint.clock.advance(5);
    const asked = await browser.get(authorizePath(makeParameters({ prompt: "login" })));
    const target = new URL(asked.headers.get("location") ?? "", asked.url).searchParams.get("continue") ?? "";
    expect(isLogin(await browser.get(target))).toBe(true);
    const fresh = await logInWithConsent();
    expect(readAnswer(await fresh.get(target)).code).toMatch(/^pmc_/);
    const [whole = "", at = "", mac = ""] = /&login_after=(\d+)\.(.+)$/.exec(target) ?? [];
    const others = [
      `${authorizePath(makeParameters({ prompt: "login" }))}${whole}`,
      target.replace(whole, `&login_after=${Number(at) - 100_000}.${mac}`),
      target.replace(whole, `&login_after=0.${mac}`),
      target.replace(whole, `&login_after=${at}.${"A".repeat(43)}`),
      target.replace(whole, "&login_after="),
      target.replace(whole, ""),
    ];
    for (const other of others) expect([other, isLogin(await fresh.get(other))]).toEqual([other, true]);
  });

  it("prompt=login accepts a login within an hour of the demand", async () => {
    const browser = await logInWithConsent();
    const asked = await browser.get(authorizePath(makeParameters({ prompt: "login" })));
    const target = new URL(asked.headers.get("location") ?? "", asked.url).searchParams.get("continue") ?? "";
    polymint.clock.advance(3_600);
    expect(isLogin(await (await logInWithConsent()).get(target))).toBe(true);
  });

  it("max_age demands one login if the last is older, also with 0", async () => {
    for (const [age, seconds] of [
      [100, 100],
      [101, 100],
      [1, 0],
    ] as const) {
      const browser = await logInWithConsent();
      polymint.clock.advance(age);
      const asked = await browser.get(authorizePath(makeParameters({ max_age: String(seconds) })));
      expect([age, isLogin(asked)]).toEqual([age, age > seconds]);
      if (!isLogin(asked)) continue;
      const login = await browser.follow(asked);
      polymint.clock.advance(3);
      const back = await browser.submit(login, { email: polymint.person.email, password: polymint.person.password });
      polymint.clock.advance(seconds === 0 ? 3 : 0);
      expect(readAnswer(await browser.follow(back)).code).toMatch(/^pmc_/);
    }
  });

  it("prompt=consent shows the consent page again", async () => {
    const browser = await logInWithConsent();
    expect(isConsent(await browser.get(authorizePath(makeParameters({ prompt: "consent" }))))).toBe(true);
  });
});

describe("the scope", () => {
  async function grantTo(facts: { scopes: string[] }, asked: string) {
    const { client, secret } = await polymint.register({ contracts: ["screening-eagle"], redirectUris: [redirectUri], ...facts });
    const parameters = { ...makeParameters(), clientId: client.id, scope: asked };
    const post = (form: Record<string, string>) =>
      request(polymint.url)
        .post("/api/id/v1/auth/token")
        .auth(client.id, secret?.value ?? "")
        .type("form")
        .send(form);
    const { code, codeVerifier, browser } = await authorize(polymint, parameters);
    const redemption = { grant_type: "authorization_code", code, code_verifier: codeVerifier, redirect_uri: redirectUri };
    const { body } = (await post(redemption).expect(200)) as { body: { scope: string; refresh_token?: string } };
    return { body, post, browser, parameters };
  }

  it.each([
    ["openid", "offline"],
    ["openid", "offline_access"],
  ])(
    "has offline for offline_access, with a refresh token, for a client registered for %s and %s, and again at the refresh",
    async (...own) => {
      const { body, post } = await grantTo({ scopes: own }, "openid offline_access");
      expect(body.scope).toBe("openid offline");
      const form = { grant_type: "refresh_token", refresh_token: body.refresh_token ?? "", scope: "openid offline_access" };
      expect((await post(form).expect(200)).body).toMatchObject({ scope: "openid offline", refresh_token: expect.any(String) as string });
    },
  );

  it("leaves out what the server does not know, and asks for consent only for the rest", async () => {
    const { body, browser, parameters } = await grantTo({ scopes: ["openid", "email"] }, "openid foo email address OPENID");
    expect(body).toMatchObject({ scope: "openid email" });
    expect(body.refresh_token).toBeUndefined();
    const again = readAnswer(await browser.get(authorizePath({ ...parameters, scope: "openid foo", parameters: { prompt: "none" } })));
    expect(again.code).toBeDefined();
  });

  it.each(["offline_access", "offline", "profile", "admin"])(
    "is refused with %s, which is known, if it is not the client's",
    async (other) => {
      const { client } = await polymint.register({ contracts: ["screening-eagle"], redirectUris: [redirectUri], scopes: ["openid"] });
      const path = authorizePath({ ...makeParameters(), clientId: client.id, scope: `openid ${other}` });
      expect(readAnswer(await browse().get(path)).error).toBe("invalid_scope");
    },
  );
});

describe("the consent page", () => {
  it("shows the client, the person and the requested access, all of it escaped", async () => {
    const { client } = await register({ name: `<img src=x onerror="a"> & 'Co'` });
    const browser = await logIn();
    const { text, headers } = await browser.get(authorizePath({ ...makeParameters(), clientId: client.id, scope: scopes.join(" ") }));
    expect(text).toContain("Allow <bdi>&lt;img src=x onerror=&quot;a&quot;&gt; &amp; &#39;Co&#39;</bdi> access?");
    expect(text).not.toContain("<img");
    const shown = [
      "Ada Lovelace",
      polymint.person.email,
      "Recognise your account",
      "See your email address",
      "See your name",
      "app.example",
    ];
    for (const each of [...shown, "Keep this access while you are away", "inspect"]) expect(text).toContain(each);
    expect(headers.get("content-security-policy")).toContain("; form-action 'self' https://app.example; ");
  });

  it("remembers a consent for the same scope or less, and asks for more", async () => {
    const { client } = await register();
    const path = (scope: string) => authorizePath({ ...makeParameters(), clientId: client.id, scope });
    const browser = await logIn();
    await browser.submit(await browser.get(path("openid email")), {}, "Allow");
    for (const scope of ["openid email", "email openid", "openid", "email", "email email"])
      expect([scope, isConsent(await browser.get(path(scope)))]).toEqual([scope, false]);
    const more = await browser.get(path("openid profile"));
    expect(isConsent(more)).toBe(true);
    await browser.submit(more, {}, "Allow");
    expect(isConsent(await browser.get(path("openid email profile")))).toBe(false);
    const another = await (await logIn()).get(authorizePath({ ...makeParameters(), clientId: (await register()).client.id }));
    expect(isConsent(another)).toBe(true);
  });

  it("does not remember a denial", async () => {
    const { client } = await register();
    const path = authorizePath({ ...makeParameters(), clientId: client.id });
    const browser = await logIn();
    const answer = readAnswer(await browser.submit(await browser.get(path), {}, "Do not allow"));
    expect(answer).toMatchObject({ error: "access_denied", state: "s1", iss: polymint.issuer });
    expect(answer.code).toBeUndefined();
    expect(isConsent(await browser.get(path))).toBe(true);
  });

  it("asks for offline access each time", async () => {
    const browser = await logIn();
    const path = authorizePath({ ...makeParameters(), scope: "openid offline" });
    for (let times = 0; times < 2; times += 1) {
      const page = await browser.get(path);
      expect(isConsent(page)).toBe(true);
      expect(readAnswer(await browser.submit(page, {}, "Allow")).code).toMatch(/^pmc_/);
    }
    const silent = await browser.get(authorizePath({ ...makeParameters({ prompt: "none" }), scope: "openid offline" }));
    expect(readAnswer(silent).error).toBe("consent_required");
  });

  it("offers a login with another account", async () => {
    const browser = await logIn();
    const { client } = await register();
    const page = await browser.get(authorizePath({ ...makeParameters(), clientId: client.id }));
    const link = /<a href="([^"]+)">Use another account<\/a>/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const login = await browser.get(new URL(link, page.url).href);
    const back = await browser.submit(login, { email: polymint.person.email, password: polymint.person.password });
    expect(isConsent(await browser.follow(back))).toBe(true);
  });

  it("asks again unless the form was made for this browser", async () => {
    const browser = await logIn();
    const page = await browser.get(authorizePath(makeParameters({ prompt: "consent" })));
    const fields: Record<string, string> = { ...formsOf(page)[0]?.fields, decision: "approve" };
    for (const csrf of [
      "",
      "x",
      formsOf(await (await logIn()).get(authorizePath(makeParameters({ prompt: "consent" }))))[0]?.fields.csrf ?? "",
    ])
      expect(isConsent(await browser.follow(await browser.post("/consent", { ...fields, csrf })))).toBe(true);
    expect((await browser.post("/consent", fields, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await browse().post("/consent", fields)).headers.get("location")).toBe(`./authorize?${fields.request}`);
    for (const request of ["", "a=b\r\nSet-Cookie: c=d", "a=\u00e4", "a#b"])
      expect((await browser.post("/consent", { ...fields, request, csrf: "x" })).status).toBe(403);
    expect(readAnswer(await browser.post("/consent", fields)).code).toMatch(/^pmc_/);
  });

  it("asks again after another login in the same browser", async () => {
    const browser = await logIn();
    const page = await browser.get(authorizePath(makeParameters({ prompt: "consent" })));
    await browser.submit(await browser.get("/login?continue=/device"), {
      email: polymint.person.email,
      password: polymint.person.password,
    });
    expect(isConsent(await browser.follow(await browser.submit(page, {}, "Allow")))).toBe(true);
  });

  it("checks the request again when the form comes back", async () => {
    const browser = await logInWithConsent();
    const page = await browser.get(authorizePath(makeParameters({ prompt: "consent" })));
    const makeSearch = (parameters: Record<string, string | undefined>) => authorizePath(makeParameters(parameters)).split("?")[1] ?? "";
    for (const fields of [
      { request: makeSearch({ redirect_uri: "https://evil.example" }) },
      { request: makeSearch({ client_id: "nobody" }) },
      { request: "" },
    ])
      expect((await browser.submit(page, fields, "Allow")).status).toBe(400);
    expect((await browser.post("/consent", { ...formsOf(page)[0]?.fields, decision: "maybe" })).status).toBe(400);
    expect((await browser.post("/consent", { ...formsOf(page)[0]?.fields })).status).toBe(400);
    expect(readAnswer(await browser.submit(page, { request: makeSearch({ scope: "admin" }) }, "Allow")).error).toBe("invalid_scope");
    expect(readAnswer(await browser.submit(page, { request: makeSearch({ code_challenge: undefined }) }, "Allow")).error).toBe(
      "invalid_request",
    );
    expect(isLogin(await browser.submit(page, { request: makeSearch({ prompt: "login" }) }, "Allow"))).toBe(true);
  });

  it("demands a login if the session has ended meanwhile, and then asks again", async () => {
    const browser = await logIn();
    const page = await browser.get(authorizePath(makeParameters({ prompt: "consent" })));
    polymint.clock.advance(31 * 60);
    const answer = await browser.submit(page, {}, "Allow");
    expect(isLogin(answer)).toBe(true);
    const login = await browser.follow(answer);
    const back = await browser.submit(login, { email: polymint.person.email, password: polymint.person.password });
    expect(isConsent(await browser.follow(back))).toBe(true);
  });

  it("ties the code to the challenge, the client and the redirect URI of this request", async () => {
    const codeVerifier = makeVerifier();
    const { code } = await authorize(polymint, { ...makeParameters(), codeChallenge: challengeOf(codeVerifier) });
    const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: codeVerifier };
    const redeem = (changed: Record<string, string>) =>
      request(polymint.url)
        .post("/api/id/v1/auth/token")
        .auth(clientId, clientSecret)
        .type("form")
        .send({ ...form, ...changed });
    expect((await redeem({ code_verifier: makeVerifier() })).status).toBe(400);
    expect((await redeem({ redirect_uri: `${redirectUri}/` })).status).toBe(400);
    polymint.clock.advance(59);
    expect((await redeem({})).status).toBe(200);
    const late = await authorize(polymint, { ...makeParameters(), codeChallenge: challengeOf(codeVerifier) });
    polymint.clock.advance(60);
    expect((await redeem({ code: late.code })).status).toBe(400);
  });
});

describe("/authorize, while the database is away", () => {
  let faulty: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint: faulty, wire, stop } = await startFaultyPolymint({ connectTimeoutMs: 2_000, statementTimeoutMs: 2_000 }));
  });
  afterAll(() => stop());

  it("shows a page until the client is known and then sends the error to the client; the same form works afterwards", async () => {
    const { client } = await faulty.register({ contracts: ["screening-eagle"], redirectUris: [redirectUri], scopes });
    const own = { ...makeParameters(), clientId: client.id };
    const browser = makeBrowser(faulty.url);
    await browser.submit(await browser.get("/login"), { email: faulty.person.email, password: faulty.person.password });
    const consent = await browser.get(authorizePath(own));
    expect(isConsent(consent)).toBe(true);
    wire.cut();
    const nobody = await browser.get(authorizePath({ ...own, clientId: "nobody-yet" }));
    expect([nobody.status, nobody.headers.get("retry-after"), nobody.headers.get("location")]).toEqual([503, "5", null]);
    wire.mend();

    // A client is cached for two seconds; a busy machine may need another attempt.
    let answer = nobody;
    for (let tries = 0; tries < 10 && answer.status === 503; tries += 1) {
      expect(isConsent(await browser.get(authorizePath(own)))).toBe(true);
      wire.cut();
      answer = await browser.submit(consent, {}, "Allow");
      wire.mend();
    }
    expect(readAnswer(answer)).toMatchObject({ error: "temporarily_unavailable", state: "s1", iss: faulty.issuer });
    expect(readAnswer(await browser.submit(consent, {}, "Allow")).code).toMatch(/^pmc_/);
  }, 60_000);
});
