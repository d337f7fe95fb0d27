import { generateKeyPairSync } from "node:crypto";
import { decode, sign } from "jsonwebtoken";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { authorizePath } from "../harness/authorize";
import { type Browser, makeBrowser, type PageResponse } from "../harness/browser";
import { makeOwnPerson, type OwnPerson } from "../harness/own-person";
import { callback, registerApp, type ScreeningEagleApp } from "../harness/screening-eagle-app";

let polymint: TestPolymint;
let app: ScreeningEagleApp;
let ada: OwnPerson;
let grace: OwnPerson;
let hint: string;
beforeAll(async () => {
  polymint = await startPolymint();
  app = await registerApp(polymint);
  [ada, grace] = [await makeOwnPerson(polymint), await makeOwnPerson(polymint)];
  hint = (await app.tokens({ scope: "openid", person: ada })).id_token;
  await app.tokens({ scope: "openid", person: grace });
});
afterAll(() => polymint.stop());

const ask = (browser: Browser, idTokenHint: string, parameters: Record<string, string> = {}): Promise<PageResponse> =>
  browser.get(
    authorizePath({ clientId: app.id, redirectUri: callback, scope: "openid", parameters: { id_token_hint: idTokenHint, ...parameters } }),
  );

async function logIn(person: OwnPerson): Promise<Browser> {
  const browser = makeBrowser(polymint.url);
  await submitLogin(browser, await browser.get("/login"), person);
  return browser;
}

const submitLogin = (browser: Browser, page: PageResponse, { email, password }: OwnPerson): Promise<PageResponse> =>
  browser.submit(page, { email, password });

/** What the redirect tells the client: `a code`, or the error. */
function summarize({ status, headers }: PageResponse): string {
  const location = headers.get("location") ?? "";
  if (status !== 303 || !location.startsWith(callback)) return `${status} ${location.split("?", 1)[0]}`;
  const answer = new URL(location).searchParams;
  return answer.has("code") ? "a code" : (answer.get("error") ?? "");
}

describe("id_token_hint (OIDC Core §3.1.2.1, §3.1.2.2)", () => {
  it("gives a code to the expected person, and login_required to another one with prompt=none", async () => {
    expect(summarize(await ask(await logIn(ada), hint, { prompt: "none" }))).toBe("a code");
    expect(summarize(await ask(await logIn(grace), hint, { prompt: "none" }))).toBe("login_required");
    expect(summarize(await ask(makeBrowser(polymint.url), hint, { prompt: "none" }))).toBe("login_required");
  });

  it("asks another person to log in, and goes on with the expected one", async () => {
    const browser = await logIn(grace);
    polymint.clock.advance(1);
    const asked = await ask(browser, hint);
    expect(summarize(asked)).toBe("303 ./login");
    const back = await submitLogin(browser, await browser.follow(asked), ada);
    expect(summarize(await browser.follow(back))).toBe("a code");
  });

  it("ends with login_required if another person logs in again", async () => {
    const browser = await logIn(grace);
    polymint.clock.advance(1);
    const back = await submitLogin(browser, await browser.follow(await ask(browser, hint)), grace);
    expect(summarize(await browser.follow(back))).toBe("login_required");
  });

  it("may have expired, and is accepted with POST", async () => {
    const { exp = 0 } = decode(hint) as { exp?: number };
    polymint.clock.advance(exp - Math.floor(polymint.clock() / 1000) + 1);
    const browser = await logIn(ada);
    expect(summarize(await ask(browser, hint, { prompt: "none" }))).toBe("a code");
    const [, query = ""] = authorizePath({ clientId: app.id, redirectUri: callback, scope: "openid" }).split("?");
    const posted = await browser.post("/authorize", `${query}&id_token_hint=${hint}&prompt=none`);
    expect(summarize(await browser.follow(posted))).toBe("a code");
  });

  it("is invalid_request unless it is an id_token of this server for this client", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { header, payload } = decode(hint, { complete: true }) as { header: { kid: string }; payload: Record<string, unknown> };
    const [head = "", , signature = ""] = hint.split(".");
    const changed = Buffer.from(JSON.stringify({ ...payload, sub: grace.id })).toString("base64url");
    const others = await registerApp(polymint);
    const bad = {
      garbage: "garbage",
      "not signed": `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${hint.split(".")[1]}.`,
      "of another subject": `${head}.${changed}.${signature}`,
      "signed with another key": sign(payload, privateKey, { algorithm: "RS256", keyid: header.kid }),
      "signed with an unknown key": sign(payload, privateKey, { algorithm: "RS256", keyid: "unknown" }),
      "an access token": (await app.tokens({ scope: "openid", person: ada })).access_token,
      "another client's": (await others.tokens({ scope: "openid", person: ada })).id_token,
    };
    for (const browser of [await logIn(ada), makeBrowser(polymint.url)])
      for (const [name, token] of Object.entries(bad))
        for (const prompt of ["none", "login"])
          expect([name, summarize(await ask(browser, token, { prompt }))]).toEqual([name, "invalid_request"]);
  });

  it("may not be given twice, and an empty one counts as absent", async () => {
    const browser = await logIn(ada);
    const path = authorizePath({ clientId: app.id, redirectUri: callback, scope: "openid", parameters: { id_token_hint: hint } });
    expect(summarize(await browser.get(`${path}&id_token_hint=${hint}`))).toBe("invalid_request");
    expect(summarize(await ask(browser, "", { prompt: "none" }))).toBe("a code");
  });

  it("never reaches the log", async () => {
    await ask(await logIn(ada), hint);
    expect(JSON.stringify(polymint.logs)).not.toContain(hint.split(".")[2]);
  });
});
