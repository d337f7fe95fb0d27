import { makePeople } from "../../src/store/people/people";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { authorizePath } from "../harness/authorize";
import { type Browser, formsOf, makeBrowser, type PageResponse, unescapeHtml } from "../harness/browser";
import { hashCheaply } from "../harness/cheap-password";

let polymint: TestPolymint;
beforeAll(async () => {
  // Requests through 127.0.0.1 name their own source.
  polymint = await startPolymint({ trustedProxies: ["127.0.0.1"] });
});
afterAll(() => polymint.stop());

const browse = () => makeBrowser(polymint.url);
const credentials = () => ({ email: polymint.person.email, password: polymint.person.password });
const isLoggedIn = async (browser: Browser) => (await browser.get("/login")).text.includes("You are logged in");

async function logInBrowser(): Promise<Browser> {
  const browser = browse();
  const answer = await browser.submit(await browser.get("/login"), credentials());
  expect(answer.status).toBe(303);
  return browser;
}

/** Tries to log in from an address, with a new browser. */
async function tryLogin(address: string, fields: { email: string; password: string }): Promise<PageResponse> {
  const browser = browse();
  const page = await browser.get("/login");
  const { fields: own } = formsOf(page)[0] ?? { fields: {} };
  return browser.post("/login", { ...own, ...fields }, { "x-forwarded-for": address });
}

/** The page without the form token, which differs each time, and without the email address. */
const withoutToken = ({ text }: PageResponse, email: string) => text.replace(/name="csrf" value="[^"]+"/, "").replaceAll(email, "");

describe("the login page", () => {
  it("has labelled fields that password managers know, and needs no script", async () => {
    const { text } = await browse().get("/login");
    expect(text).toMatch(/<label for="email">Email address<\/label>\s*<input[^>]*id="email"[^>]*autocomplete="username"/);
    expect(text).toMatch(/<label for="password">Password<\/label>\s*<input[^>]*id="password"[^>]*autocomplete="current-password"/);
    expect(text).not.toContain("aria-describedby");
  });

  it("logs in, and shows the person if there is no page to continue to", async () => {
    const browser = browse();
    const answer = await browser.submit(await browser.get("/login"), credentials());
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./login"]);
    const { text } = await browser.follow(answer);
    for (const shown of ["You are logged in", "Ada", "Lovelace", polymint.person.email]) expect(text).toContain(shown);
  });

  it("accepts the email address in any case and between blanks, and the password only as it is", async () => {
    const { email, password } = polymint.person;
    expect((await tryLogin("192.0.2.1", { email: `  ${email.toUpperCase()} `, password })).status).toBe(303);
    for (const wrong of [password.toUpperCase(), ` ${password}`, `${password} `, password.slice(0, -1)])
      expect((await tryLogin("192.0.2.1", { email, password: wrong })).status).toBe(400);
  });

  it("answers an unknown address and a wrong password with the same page", async () => {
    const unknown = await tryLogin("192.0.2.2", { email: "nobody@example.net", password: "x" });
    const wrong = await tryLogin("192.0.2.2", { email: polymint.person.email, password: "x" });
    expect([unknown.status, wrong.status]).toEqual([400, 400]);
    expect(withoutToken(unknown, "nobody@example.net")).toBe(withoutToken(wrong, polymint.person.email));
    expect(wrong.text).toContain('<div class="alert" role="alert" id="error"><p>The email address or the password is wrong.</p></div>');
    expect(wrong.text.match(/aria-invalid="true" aria-describedby="error"/g)).toHaveLength(2);
    expect(wrong.text).toContain("<title>Error: Log in");
    expect(unescapeHtml(wrong.text)).toContain(`value="${polymint.person.email}"`);
  });

  it("never returns a password, and escapes the email address that it returns", async () => {
    const email = `"><script>alert('x')</script>&lt;@example.net`;
    const answer = await tryLogin("192.0.2.3", { email, password: "open sesame" });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain("open sesame");
    expect(answer.text).not.toContain("<script");
    expect(formsOf(answer)[0]?.fields.email).toBe(email);
  });

  it("names the missing field, and counts no failed login", async () => {
    const cases = [
      [{ email: "", password: "x" }, "Enter your email address."],
      [{ email: "   ", password: "x" }, "Enter your email address."],
      [{ email: "a@b.c", password: "" }, "Enter your password."],
      [{ email: "", password: "" }, "Enter your email address and your password."],
    ] as const;
    for (const [fields, sentence] of [...cases, ...cases]) {
      const { status, text } = await tryLogin("192.0.2.4", fields);
      expect([status, text.includes(sentence)]).toEqual([400, true]);
    }
    expect((await tryLogin("192.0.2.4", credentials())).status).toBe(303);
  });

  it("tells disabled people so, but only with the right password, and their sessions have ended", async () => {
    const people = makePeople(polymint.database);
    const passwordHash = await hashCheaply("right");
    const { id } = await people.create({ email: "gone@example.net", passwordHash, firstName: "G", lastName: "One" }, polymint.clock());
    const browser = browse();
    await browser.submit(await browser.get("/login"), { email: "gone@example.net", password: "right" });
    expect(await isLoggedIn(browser)).toBe(true);
    await people.setStatus(id, "disabled", polymint.clock());
    expect(await isLoggedIn(browser)).toBe(false);
    await people.setStatus(id, "active", polymint.clock());
    expect(await isLoggedIn(browser)).toBe(false);
    await people.setStatus(id, "disabled", polymint.clock());
    const right = await tryLogin("192.0.2.5", { email: "gone@example.net", password: "right" });
    expect([right.status, right.text.includes("This account is disabled.")]).toEqual([403, true]);
    expect(right.headers.has("set-cookie")).toBe(false);
    const wrong = await tryLogin("192.0.2.5", { email: "gone@example.net", password: "wrong" });
    expect([wrong.status, wrong.text.includes("disabled")]).toEqual([400, false]);
  });
});

describe("the browser's cookie", () => {
  it("is for this site only and out of reach of scripts and other sites' forms", async () => {
    const browser = await logInBrowser();
    const session = browser.setCookies.filter((cookie) => cookie.startsWith("polymint="));
    expect(session).toHaveLength(2);
    for (const cookie of session) expect(cookie).toMatch(/^polymint=pmb_[\w-]{51}; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("is set once and then left alone", async () => {
    const browser = browse();
    for (const path of ["/login", "/login", "/login?continue=/authorize"]) await browser.get(path);
    expect(browser.setCookies).toHaveLength(1);
  });

  it("is replaced at the login, and the old value is worth nothing (session fixation)", async () => {
    const browser = browse();
    const page = await browser.get("/login");
    const fixed = browser.cookies.get("polymint") ?? "";
    await browser.submit(page, credentials());
    expect(browser.cookies.get("polymint")).not.toBe(fixed);
    const attacker = browse();
    attacker.cookies.set("polymint", fixed);
    expect([await isLoggedIn(browser), await isLoggedIn(attacker)]).toEqual([true, false]);
  });

  it("is replaced at every login, which ends the session before", async () => {
    const browser = await logInBrowser();
    const first = browser.cookies.get("polymint") ?? "";
    await browser.submit(await browser.get("/login?continue=/device"), credentials());
    const earlier = browse();
    earlier.cookies.set("polymint", first);
    expect([await isLoggedIn(browser), await isLoggedIn(earlier)]).toEqual([true, false]);
  });

  it("is replaced if its value is malformed", async () => {
    const good = (await logInBrowser()).cookies.get("polymint") ?? "";
    for (const strange of ["", "x", good.slice(0, -1), `${good}0`, `${good}%00`, good.toUpperCase(), "a".repeat(5_000), "%", '"']) {
      const browser = browse();
      browser.cookies.set("polymint", strange);
      const page = await browser.get("/login");
      expect([strange, page.status, browser.setCookies.length]).toEqual([strange, 200, 1]);
      expect(page.text).not.toContain("You are logged in");
    }
  });

  it("is stored only as a digest", async () => {
    const browser = await logInBrowser();
    const value = browser.cookies.get("polymint") ?? "";
    const rows = await polymint.database.build((knex) => knex<{ digest: Buffer }>("sessions").select("digest"));
    expect(rows.length).toBeGreaterThan(0);
    for (const { digest } of rows) expect([digest.length, value.includes(digest.toString("base64url"))]).toEqual([32, false]);
  });
});

describe("forms", () => {
  const expectForeignForm = (answer: PageResponse) =>
    expect([answer.status, answer.text.includes("That did not come from our page")]).toEqual([403, true]);

  /** The answer to a form with a good password that was not made for this browser: the same form anew, and nobody logged in. */
  function expectRenewedForm(answer: PageResponse): void {
    expect([answer.status, answer.text.includes("This form was out of date.")]).toEqual([403, true]);
    const [form] = formsOf(answer);
    expect([form?.action, form?.fields.email]).toEqual(["./login", polymint.person.email]);
  }

  it("of the login are shown again without the token of this browser", async () => {
    const browser = browse();
    const own = formsOf(await browser.get("/login"))[0]?.fields.csrf ?? "";
    const another = formsOf(await browse().get("/login"))[0]?.fields.csrf ?? "";
    for (const csrf of [undefined, "", "x", another, own.slice(0, -2), `${own}AA`, "\u{1f511}"])
      expectRenewedForm(await browser.post("/login", { ...credentials(), ...(csrf === undefined ? {} : { csrf }) }));
    expectRenewedForm(await browse().post("/login", { ...credentials(), csrf: own }));
    expect(browser.setCookies).toHaveLength(1);
    expect((await browser.post("/login", { ...credentials(), csrf: own })).status).toBe(303);
  });

  it("of the login in a second tab lead on after the login in the first", async () => {
    const browser = browse();
    const [first, second] = [await browser.get("/login"), await browser.get("/login?continue=/device?user_code=BCDF-GHJK")];
    await browser.submit(first, credentials());
    const before = polymint.statements.length;
    for (const [page, location] of [
      [first, "./login"],
      [second, "./device?user_code=BCDF-GHJK"],
    ] as const) {
      const answer = await browser.submit(page, { ...credentials(), password: "not looked at" });
      expect([answer.status, answer.headers.get("location")]).toEqual([303, location]);
    }
    expect(polymint.statements.slice(before).filter((sql) => /attempts|password_hash/.test(sql))).toEqual([]);
    expect(await isLoggedIn(browser)).toBe(true);
  });

  it("of the login in a second tab are shown again after the logout in the first, and then work", async () => {
    const browser = await logInBrowser();
    const second = await browser.get("/login?continue=/device");
    await browser.submit(await browser.get("/logout"));
    const again = await browser.submit(second, credentials());
    expectRenewedForm(again);
    const answer = await browser.submit(again, credentials());
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./device"]);
  });

  it("are refused if the browser says that another site sent them", async () => {
    const browser = browse();
    const csrf = formsOf(await browser.get("/login"))[0]?.fields.csrf ?? "";
    expectForeignForm(await browser.post("/login", { ...credentials(), csrf }, { "sec-fetch-site": "cross-site" }));
    expect((await browser.post("/login", { ...credentials(), csrf }, { "sec-fetch-site": "same-origin" })).status).toBe(303);
  });

  it("for the logout need the token too, and lead back to the question", async () => {
    const browser = await logInBrowser();
    expectForeignForm(await browser.post("/logout", {}, { "sec-fetch-site": "cross-site" }));
    const answer = await browser.post("/logout", {});
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./logout"]);
    expect(await isLoggedIn(browser)).toBe(true);
  });
});

describe("the continue parameter", () => {
  let target: string;
  beforeAll(async () => {
    const redirectUri = "https://app.example/cb";
    const { client } = await polymint.register({
      contracts: ["screening-eagle"],
      redirectUris: [redirectUri],
      scopes: ["openid"],
      name: `Evil <script>alert("1")</script> & 'Co'`,
    });
    target = authorizePath({ clientId: client.id, redirectUri, scope: "openid", parameters: { login_hint: `x"><b>@example.net` } });
  });

  it("leads back to the page before the login, unchanged", async () => {
    const browser = browse();
    const page = await browser.get(`/login?continue=${encodeURIComponent(target)}`);
    const answer = await browser.submit(page, credentials());
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `.${target}`]);
  });

  it("survives a wrong password", async () => {
    const browser = browse();
    const page = await browser.get(`/login?continue=${encodeURIComponent(target)}`);
    const again = await browser.submit(page, { ...credentials(), password: "wrong" });
    expect(again.status).toBe(400);
    expect((await browser.submit(again, credentials())).headers.get("location")).toBe(`.${target}`);
  });

  it("shows the client and fills in the hint, escaped, and lets the form end at the client", async () => {
    const page = await browse().get(`/login?continue=${encodeURIComponent(target)}`);
    expect(page.text).toContain("<bdi>Evil &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;Co&#39;</bdi>");
    expect(page.text).not.toMatch(/<script|<b>/);
    expect(formsOf(page)[0]?.fields.email).toBe(`x"><b>@example.net`);
    expect(page.headers.get("content-security-policy")).toContain("; form-action 'self' https://app.example; ");
  });

  it("leads nowhere but to pages that a login may lead back to", async () => {
    const elsewhere = [
      "https://evil.example/authorize",
      "//evil.example/authorize",
      "///evil.example",
      "/\\evil.example/authorize",
      "\\\\evil.example",
      "/authorize\\..\\x",
      "/authorize/../x",
      "/authorize/",
      "/AUTHORIZE",
      "/authorize#x",
      "/authorize?a=b#x",
      "/authorize?a=\r\nSet-Cookie: a=b",
      "/authorize?a=\t",
      "/authorize?ä",
      " /authorize",
      "/%61uthorize",
      "/authorize@evil.example",
      "/authorize:80",
      "authorize",
      "javascript:alert(1)",
      "/login",
      "/logout",
      "/consent",
      "/access_token",
      "/health/live",
      "@evil.example",
      ".evil.example",
    ];
    for (const place of elsewhere) {
      const browser = browse();
      const page = await browser.get(`/login?${new URLSearchParams({ continue: place }).toString()}`);
      expect([place, page.status, formsOf(page)[0]?.fields.continue]).toEqual([place, 200, undefined]);
      const answer = await browser.submit(page, { ...credentials(), continue: place });
      expect([place, answer.status, answer.headers.get("location")]).toEqual([place, 303, "./login"]);
    }
  });

  it("keeps an address of another site that is only part of the query", async () => {
    const browser = browse();
    const place = "/authorize?x=//evil.example\\";
    const answer = await browser.submit(await browser.get("/login"), { ...credentials(), continue: place });
    const location = answer.headers.get("location") ?? "";
    expect(new URL(location, "https://id.example/login").origin).toBe("https://id.example");
  });
});

describe("guessing passwords", () => {
  const advanceMinutes = (count: number) => polymint.clock.advance(count * 60);

  it("is blocked after five failures for one address from one network, and from no other network", async () => {
    const { email } = polymint.person;
    for (let tries = 0; tries < 5; tries += 1) expect((await tryLogin("198.51.100.1", { email, password: "guess" })).status).toBe(400);
    const blocked = await tryLogin("198.51.100.1", credentials());
    expect([blocked.status, blocked.headers.get("retry-after")]).toEqual([429, "900"]);
    expect(blocked.text).toContain("You can try again in 15 minutes.");
    expect((await tryLogin("198.51.100.1", { email: email.toUpperCase(), password: "guess" })).status).toBe(429);
    expect((await tryLogin("198.51.100.1", { email: "another@example.net", password: "guess" })).status).toBe(400);
    expect((await tryLogin("198.51.100.2", credentials())).status).toBe(303);
    advanceMinutes(14);
    expect((await tryLogin("198.51.100.1", credentials())).status).toBe(429);
    advanceMinutes(1);
    expect((await tryLogin("198.51.100.1", credentials())).status).toBe(303);
  });

  it("is blocked for unknown addresses too, so that a block tells nothing", async () => {
    const fields = { email: "nobody@example.net", password: "guess" };
    const statuses = [];
    for (let tries = 0; tries < 6; tries += 1) statuses.push((await tryLogin("198.51.100.3", fields)).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  });

  it("starts from zero after a success", async () => {
    const { email } = polymint.person;
    for (let round = 0; round < 2; round += 1) {
      for (let tries = 0; tries < 4; tries += 1) await tryLogin("198.51.100.4", { email, password: "guess" });
      expect((await tryLogin("198.51.100.4", credentials())).status).toBe(303);
    }
  });

  it("is no quicker in parallel", async () => {
    const fields = { email: polymint.person.email, password: "guess" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => tryLogin("198.51.100.5", fields)));
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it("is blocked after fifty failures from one network, whatever the addresses", async () => {
    for (let batch = 0; batch < 4; batch += 1) {
      const guesses = Array.from({ length: 10 }, (_, index) => ({ email: `person${batch}-${index}@example.net`, password: "guess" }));
      const answers = await Promise.all(guesses.map((guess) => tryLogin("198.51.100.6", guess)));
      expect(answers.map(({ status }) => status)).toEqual(guesses.map(() => 400));
    }
    // Guessing in parallel is not quicker.
    const last = Array.from({ length: 20 }, (_, index) =>
      tryLogin("198.51.100.6", { email: `last${index}@example.net`, password: "guess" }),
    );
    const statuses = (await Promise.all(last)).map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(10).fill(400), ...Array<number>(10).fill(429)]);
    expect((await tryLogin("198.51.100.6", credentials())).status).toBe(429);
    expect((await tryLogin("198.51.100.7", credentials())).status).toBe(303);
  }, 60_000);

  it("is counted by whole IPv6 networks, and by IPv4 address however it is written", async () => {
    const guess = { email: polymint.person.email, password: "guess" };
    for (const host of ["1", "ffff:1", "a:b:c:d", "2", "3"])
      await tryLogin(`2001:db8:0:7::${host}`.replace("::a:b:c:d", ":a:b:c:d"), guess);
    expect((await tryLogin("2001:DB8:0:7::9", credentials())).status).toBe(429);
    expect((await tryLogin("2001:db8:0:8::9", credentials())).status).toBe(303);
    for (let tries = 0; tries < 5; tries += 1) await tryLogin(tries % 2 === 0 ? "198.51.100.8" : "::ffff:198.51.100.8", guess);
    expect((await tryLogin("198.51.100.8", credentials())).status).toBe(429);
    expect((await tryLogin("198.51.100.9", credentials())).status).toBe(303);
  });

  it("is not counted for attempts that a fault ended", async () => {
    const own = await startPolymint({ statementTimeoutMs: 500 });
    const logIn = async () => {
      const browser = makeBrowser(own.url);
      return browser.submit(await browser.get("/login"), { email: own.person.email, password: own.person.password });
    };
    await own.database.transaction(async (transaction) => {
      await transaction.raw("LOCK TABLE people IN ACCESS EXCLUSIVE MODE");
      for (const { status } of await Promise.all(Array.from({ length: 5 }, logIn))) expect(status).toBe(503);
    });
    for (let tries = 0; tries < 2; tries += 1) expect((await logIn()).status).toBe(303);
    await own.stop();
  });

  it("stores no email address", async () => {
    await tryLogin("198.51.100.10", { email: polymint.person.email, password: "guess" });
    const rows = await polymint.database.build((knex) => knex("attempts").select("subject"));
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(polymint.person.email);
  });

  it("gets 400 for very long addresses and passwords", async () => {
    const long = "a".repeat(30_000);
    expect((await tryLogin("198.51.100.11", { email: `${long}@example.net`, password: long })).status).toBe(400);
  });
});

describe("sessions", () => {
  it("end after half an hour without use", async () => {
    const browser = await logInBrowser();
    for (let times = 0; times < 3; times += 1) {
      polymint.clock.advance(29 * 60);
      expect(await isLoggedIn(browser)).toBe(true);
    }
    polymint.clock.advance(30 * 60);
    expect(await isLoggedIn(browser)).toBe(false);
  });

  it("end eight hours after the login, used or not", async () => {
    const browser = await logInBrowser();
    for (let times = 0; times < 16; times += 1) {
      expect(await isLoggedIn(browser)).toBe(true);
      polymint.clock.advance(29 * 60 + 59);
    }
    expect(await isLoggedIn(browser)).toBe(true);
    polymint.clock.advance(17);
    expect(await isLoggedIn(browser)).toBe(false);
  });

  it("store their use once a minute at most", async () => {
    const browser = await logInBrowser();
    const notes = () => polymint.statements.filter((sql) => sql.includes("UPDATE sessions")).length;
    const before = notes();
    await isLoggedIn(browser);
    polymint.clock.advance(59);
    await isLoggedIn(browser);
    expect(notes()).toBe(before);
    polymint.clock.advance(1);
    await isLoggedIn(browser);
    await isLoggedIn(browser);
    expect(notes()).toBe(before + 1);
  });

  it("end with the logout, for every copy of the cookie", async () => {
    const browser = await logInBrowser();
    const copy = browse();
    copy.cookies.set("polymint", browser.cookies.get("polymint") ?? "");
    const answer = await browser.submit(await browser.get("/logout"));
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./logout"]);
    expect((await browser.follow(answer)).text).toContain("You are logged out");
    expect([await isLoggedIn(browser), await isLoggedIn(copy)]).toEqual([false, false]);
    expect(copy.cookies.get("polymint")).not.toBe(browser.cookies.get("polymint"));
  });

  it("are shared by all servers on the database", async () => {
    const browser = await logInBrowser();
    const elsewhere = makeBrowser((await polymint.startAnother()).url);
    elsewhere.cookies.set("polymint", browser.cookies.get("polymint") ?? "");
    expect(await isLoggedIn(elsewhere)).toBe(true);
  });
});
