import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makePeople } from "../../src/store/people/people";
import { makeDeviceCodes } from "../../src/store/people/device-codes";
import { makeUserCode, readUserCode } from "../../src/engine/user-code";
import { type Browser, formsOf, makeBrowser, type PageResponse } from "../harness/browser";
import { makeOwnPerson } from "../harness/own-person";
import { requestDeviceCodes, type DeviceCodes, pollForToken, registerDevice } from "../harness/device-client";

let polymint: TestPolymint;
let clientId: string;
/** Every test has its own address and its own time, so that its failures do not count against another test. */
let address = 0;

beforeAll(async () => {
  polymint = await startPolymint({ trustedProxies: ["127.0.0.1"] });
  clientId = await registerDevice(polymint, { name: "Télé <b>&amp;</b>", scopes: ["openid", "directory:software"] });
});
afterAll(() => polymint.stop());
beforeEach(() => {
  address += 1;
  polymint.clock.advance(600);
});

const requestCodes = (server: { url: string } = polymint) => requestDeviceCodes(server, { client_id: clientId });

/** Makes a browser whose requests come from this address. */
function browserFrom(source = `192.0.2.${address}`, server: { url: string } = polymint): Browser {
  const browser = makeBrowser(server.url);
  const from = { "x-forwarded-for": source };
  return {
    ...browser,
    get: (path, headers) => browser.get(path, { ...from, ...headers }),
    post: (path, fields, headers) => browser.post(path, fields, { ...from, ...headers }),
  };
}

async function logIn(browser: Browser, person: { email: string; password: string } = polymint.person): Promise<void> {
  const { email, password } = person;
  const done = await browser.follow(await submit(browser, await browser.get("/login"), { email, password }));
  if (!done.text.includes("You are logged in")) throw new Error(`no login: ${done.text}`);
}

/** As `browser.submit`, from the browser's own address. */
async function submit(browser: Browser, page: PageResponse, fields: Record<string, string> = {}, button?: string): Promise<PageResponse> {
  const form = formsOf(page).at(-1);
  const pressed = form?.buttons.find(({ text }) => button === undefined || text === button);
  if (form === undefined || pressed === undefined) throw new Error(`no such form: ${page.text}`);
  const own = pressed.name === undefined ? {} : { [pressed.name]: pressed.value };
  return browser.post(new URL(form.action, page.url).href, { ...form.fields, ...fields, ...own });
}

async function enterCode(browser: Browser, userCode: string): Promise<PageResponse> {
  return submit(browser, await browser.get("/device"), { user_code: userCode });
}

async function pollOnce({ device_code }: DeviceCodes): Promise<string> {
  const { body } = (await pollForToken(polymint, clientId, device_code)) as { body: { access_token?: string; error?: string } };
  polymint.clock.advance(60);
  return body.access_token === undefined ? String(body.error) : "token";
}

const textOf = ({ text }: PageResponse) =>
  text
    .replace(/^.*<main>|<\/main>.*$/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");

function expectPage(page: PageResponse, status: number, heading: string): void {
  expect({ status: page.status, heading: /<h1>(.*?)<\/h1>/s.exec(page.text)?.[1] }).toEqual({ status, heading });
}

const wrong = "This code is wrong, or it is no longer good.";
/** Makes a well-formed user code that no device has. */
async function makeUnknownCode(): Promise<string> {
  const code = makeUserCode();
  return (await makeDeviceCodes(polymint.database).findPending(code, polymint.clock())) === undefined ? code : makeUnknownCode();
}

describe("approving a device", () => {
  it("leads from the code through the login to the approval, and the device gets its token", async () => {
    const codes = await requestCodes();
    const browser = browserFrom();
    const form = await browser.get("/device");
    expectPage(form, 200, "Connect a device");
    const toLogin = await submit(browser, form, { user_code: codes.user_code.toLowerCase().replace("-", " ") });
    expect(toLogin.status).toBe(303);
    const login = await browser.follow(toLogin);
    expectPage(login, 200, "Log in");
    const { email, password } = polymint.person;
    const back = await browser.follow(await submit(browser, login, { email, password }));
    expectPage(back, 200, "Connect a device");
    expect(back.text).toContain(`value="${codes.user_code}"`);
    expect(textOf(back)).toContain("Go on only if your device shows this very code.");

    const approval = await submit(browser, back);
    expectPage(approval, 200, "Allow this device?");
    expect(await pollOnce(codes)).toBe("authorization_pending");
    const done = await submit(browser, approval, {}, "Allow");
    expectPage(done, 200, "Your device is connected");
    expect(await pollOnce(codes)).toBe("token");
  });

  it("shows the client, the code, the person and the scope, all of it escaped", async () => {
    const codes = await requestCodes();
    const browser = browserFrom();
    await logIn(browser);
    const approval = await enterCode(browser, codes.user_code);
    expect(approval.text).toContain("<bdi>Télé &lt;b&gt;&amp;amp;&lt;/b&gt;</bdi> wants to act for you");
    const text = textOf(approval);
    for (const shown of [codes.user_code, "Ada Lovelace", "ada@example.net", "directory:software"]) expect(text).toContain(shown);
    expect(approval.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  it("is short for a person who is logged in and opens the complete address", async () => {
    const codes = await requestCodes();
    const browser = browserFrom();
    await logIn(browser);
    const { pathname, search } = new URL(codes.verification_uri_complete);
    const page = await browser.get(`${pathname}${search}`);
    expect(formsOf(page)[0]?.fields.user_code).toBe(codes.user_code);
    expectPage(await submit(browser, await submit(browser, page), {}, "Allow"), 200, "Your device is connected");
    expect(await pollOnce(codes)).toBe("token");
  });

  it("can end in a denial", async () => {
    const codes = await requestCodes();
    const browser = browserFrom();
    await logIn(browser);
    const done = await submit(browser, await enterCode(browser, codes.user_code), {}, "Deny");
    expectPage(done, 200, "The device was denied");
    expect(await pollOnce(codes)).toBe("access_denied");
  });

  it("can be done with another account", async () => {
    const codes = await requestCodes();
    const { id: personId, email, password } = await makeOwnPerson(polymint);
    const browser = browserFrom();
    await logIn(browser);
    const approval = await enterCode(browser, codes.user_code);
    const href = /<a href="([^"]*)">Use another account<\/a>/.exec(approval.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const login = await browser.get(new URL(href, approval.url).href);
    const back = await browser.follow(await submit(browser, login, { email, password }));
    const again = await submit(browser, back);
    expect(textOf(again)).toContain(email);
    expectPage(await submit(browser, again, {}, "Allow"), 200, "Your device is connected");
    const rows = await polymint.database.build((knex) => knex("device_codes").where({ person_id: personId }).select("status"));
    expect(rows).toEqual([{ status: "approved" }]);
  });
});

describe("a device request", () => {
  async function expectPending(codes: DeviceCodes): Promise<void> {
    expect(await pollOnce(codes)).toBe("authorization_pending");
  }

  it("is not decided by a GET, whatever its query", async () => {
    const codes = await requestCodes();
    const browser = browserFrom();
    await logIn(browser);
    const before = polymint.statements.length;
    for (const query of [`user_code=${codes.user_code}`, `user_code=${codes.user_code}&decision=approve`, "user_code=%3Cb%3E", ""]) {
      expectPage(await browser.get(`/device?${query}`), 200, "Connect a device");
    }
    const sent = polymint.statements.slice(before);
    expect(sent.filter((sql) => /device_codes|attempts/.test(sql))).toEqual([]);
    await expectPending(codes);
  });

  it("is not decided by a form without the token, or with another browser's token", async () => {
    const codes = await requestCodes();
    const [browser, neighbour] = [browserFrom(), browserFrom()];
    await logIn(browser);
    await logIn(neighbour);
    const fields = { user_code: codes.user_code, decision: "approve" };
    const foreign = formsOf(await neighbour.get("/device"))[0]?.fields.csrf ?? "";
    for (const form of [fields, { ...fields, csrf: foreign }]) {
      const answer = await browser.post("/device", form);
      expect([answer.status, answer.headers.get("location")]).toEqual([303, `./device?user_code=${codes.user_code}`]);
    }
    expect((await browser.post("/device", fields, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    await expectPending(codes);
  });

  it("is not decided without a session: the login comes first, and the pressed button is forgotten", async () => {
    const codes = await requestCodes();
    const browser = browserFrom();
    const csrf = formsOf(await browser.get("/device"))[0]?.fields.csrf ?? "";
    const answer = await browser.post("/device", { csrf, user_code: codes.user_code, decision: "approve" });
    expectPage(await browser.follow(answer), 200, "Log in");
    await expectPending(codes);
  });

  it("is not decided by a disabled person, whose sessions have ended", async () => {
    const codes = await requestCodes();
    const person = await makeOwnPerson(polymint);
    const browser = browserFrom();
    await logIn(browser, person);
    const approval = await enterCode(browser, codes.user_code);
    await makePeople(polymint.database).setStatus(person.id, "disabled", polymint.clock());
    expect((await submit(browser, approval, {}, "Allow")).status).toBe(303);
    await expectPending(codes);
  });

  it("is not decided by an unknown decision", async () => {
    const codes = await requestCodes();
    const browser = browserFrom();
    await logIn(browser);
    const approval = await enterCode(browser, codes.user_code);
    const csrf = formsOf(approval)[0]?.fields.csrf ?? "";
    for (const decision of ["maybe", "APPROVE"]) {
      expect((await browser.post("/device", { csrf, user_code: codes.user_code, decision })).status).toBe(400);
    }
    await expectPending(codes);
    expectPage(await submit(browser, approval, {}, "Allow"), 200, "Your device is connected");
  });
});

describe("a wrong code", () => {
  it.each(["", "x", "ABCDEFGH", "BCDF-GHJ", "BCDF-GHJK-L", "<script>", "x".repeat(5_000)])(
    "%.20p is shown again with the error",
    async (typed) => {
      const page = await enterCode(browserFrom(), typed);
      expectPage(page, 400, "Connect a device");
      expect(textOf(page)).toContain(wrong);
      expect(formsOf(page)[0]?.fields.user_code ?? "").toBe(typed);
      expect(page.text).not.toContain("<script>");
    },
  );

  it("with a NUL makes the form malformed", async () => {
    const browser = browserFrom();
    const csrf = formsOf(await browser.get("/device"))[0]?.fields.csrf ?? "";
    expect((await browser.post("/device", { csrf, user_code: "BCDF\0GHJK" })).status).toBe(400);
    expect((await browser.get("/device?user_code=%00")).status).toBe(400);
  });

  it("gets one answer whether it is unknown, expired, decided on or of a disabled client", async () => {
    const [expired, decided] = [await requestCodes(), await requestCodes()];
    const disabled = await registerDevice(polymint);
    const browser = browserFrom();
    await logIn(browser);
    await submit(browser, await enterCode(browser, decided.user_code), {}, "Deny");
    await polymint.database.build((knex) => knex("clients").where({ id: disabled }).update({ status: "disabled" }));
    const orphans = [await makeUnknownCode(), await makeUnknownCode()];
    for (const [index, userCode] of orphans.entries()) {
      const device = { digest: Buffer.alloc(32, index), userCode, clientId: index === 0 ? disabled : "nobody", scope: [] };
      const rest = { intervalSeconds: 5, expiresAt: polymint.clock() / 1000 + 600 };
      await makeDeviceCodes(polymint.database).create({ ...device, ...rest }, polymint.clock());
    }
    await polymint.database.build((knex) =>
      knex("device_codes")
        .where({ user_code: readUserCode(expired.user_code) ?? "" })
        .update({ expires_at: new Date(polymint.clock()) }),
    );
    for (const code of [await makeUnknownCode(), expired.user_code, decided.user_code, ...orphans]) {
      const page = await enterCode(browser, code);
      expectPage(page, 400, "Connect a device");
      expect(textOf(page)).toContain(wrong);
    }
    expect(JSON.stringify(polymint.logs)).not.toContain(expired.user_code);
  });

  it("is what the second of two people sees who decide at once", async () => {
    const codes = await requestCodes();
    const browsers = [browserFrom(), browserFrom()];
    const pages = await Promise.all(
      browsers.map(async (browser) => {
        await logIn(browser);
        return enterCode(browser, codes.user_code);
      }),
    );
    const [first, second] = pages;
    if (first === undefined || second === undefined) throw new Error("two pages were expected");
    expectPage(await submit(browsers[0] as Browser, first, {}, "Deny"), 200, "The device was denied");
    expectPage(await submit(browsers[1] as Browser, second, {}, "Allow"), 400, "Connect a device");
    expect(await pollOnce(codes)).toBe("access_denied");
  });
});

describe("guessing user codes", () => {
  async function guessCodes(browser: Browser, times: number): Promise<number[]> {
    const statuses: number[] = [];
    const form = await browser.get("/device");
    for (let guesses = 0; guesses < times; guesses += 1) {
      statuses.push((await submit(browser, form, { user_code: await makeUnknownCode() })).status);
    }
    return statuses;
  }

  it("is blocked after ten wrong codes from one address, for ten minutes and for that address only", async () => {
    const browser = browserFrom();
    expect(await guessCodes(browser, 12)).toEqual([...Array.from({ length: 10 }, () => 400), 429, 429]);
    const codes = await requestCodes();
    const refused = await enterCode(browserFrom(), codes.user_code);
    expectPage(refused, 429, "Please wait a moment");
    expect(Number(refused.headers.get("retry-after"))).toBe(600);
    expect(textOf(refused)).toContain("You can try again in 10 minutes.");
    expect((await enterCode(browserFrom("198.51.100.1"), codes.user_code)).status).toBe(303);
    polymint.clock.advance(599);
    expect((await enterCode(browser, codes.user_code)).status).toBe(429);
    polymint.clock.advance(1);
    expect((await enterCode(browser, (await requestCodes()).user_code)).status).toBe(303);
  });

  it("is not given more attempts by a right code in between", async () => {
    const browser = browserFrom();
    const codes = await requestCodes();
    expect(await guessCodes(browser, 9)).not.toContain(429);
    for (let tries = 0; tries < 5; tries += 1) expect((await enterCode(browser, codes.user_code)).status).toBe(303);
    expect(await guessCodes(browser, 2)).toEqual([400, 429]);
  });

  it("is not easier with many guesses at once", async () => {
    const browser = browserFrom();
    const form = await browser.get("/device");
    const codes = await Promise.all(Array.from({ length: 40 }, makeUnknownCode));
    const statuses = await Promise.all(codes.map(async (user_code) => (await submit(browser, form, { user_code })).status));
    expect(statuses.filter((status) => status === 400)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
  });

  it("is blocked for decisions too, since they name a code", async () => {
    const browser = browserFrom();
    await logIn(browser);
    const csrf = formsOf(await browser.get("/device"))[0]?.fields.csrf ?? "";
    for (let guesses = 0; guesses < 10; guesses += 1) {
      const answer = await browser.post("/device", { csrf, user_code: await makeUnknownCode(), decision: "approve" });
      expect(answer.status).toBe(400);
    }
    expect((await browser.post("/device", { csrf, user_code: await makeUnknownCode(), decision: "approve" })).status).toBe(429);
  });

  it("is blocked after twenty wrong codes of one person, from whatever addresses", async () => {
    const statuses: number[] = [];
    for (const place of [1, 2, 3]) {
      const browser = browserFrom(`198.51.100.${address}${place}`);
      await logIn(browser);
      statuses.push(...(await guessCodes(browser, 8)));
    }
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 400), 429, 429, 429, 429]);
  });

  it("is counted by all servers together", async () => {
    const other = await polymint.startAnother();
    const [here, there] = [browserFrom(), browserFrom(undefined, other)];
    expect(await guessCodes(here, 5)).not.toContain(429);
    expect(await guessCodes(there, 6)).toEqual([...Array.from({ length: 5 }, () => 400), 429]);
    expect(await guessCodes(here, 1)).toEqual([429]);
  });

  it("does not include texts that cannot be a code", async () => {
    const browser = browserFrom();
    for (let tries = 0; tries < 12; tries += 1) expect((await enterCode(browser, "ABC")).status).toBe(400);
    expect((await enterCode(browser, (await requestCodes()).user_code)).status).toBe(303);
  });
});

it("the device page is not found while the raidiam contract is switched off", async () => {
  const off = await startPolymint({ contracts: ["abbeycross"] });
  const answer = await makeBrowser(off.url)
    .get("/device")
    .finally(() => off.stop());
  expect(answer.status).toBe(404);
});
