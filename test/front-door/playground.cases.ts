import { formsOf } from "../harness/browser";
import { openBrowser, type PlaygroundServer, readPage } from "./playground-server";

/** The playground, for a browser without JavaScript. @param started the server, which runs when the cases do */
export function definePlaygroundCases(started: () => PlaygroundServer): void {
  let server: PlaygroundServer;
  /** Every test has its own address, so that its requests do not count against another test. */
  let address = 0;
  const browse = () => openBrowser(server, `192.0.2.${address}`);
  beforeAll(() => {
    server = started();
  });
  beforeEach(() => {
    address += 1;
  });
  const right = (sentence: string) => expect.stringContaining(`right: ${sentence}`) as string;

  describe("a contract's form", () => {
    const contracts = ["abbeycross", "firstvision", "raidiam", "screening-eagle", "weavr", "tide", "ember"];

    it.each(contracts)("asks %s for a token, and shows it verified, twice in a row", async (contract) => {
      const browser = browse();
      const form = await browser.get(`/playground?contract=${contract}`);
      const first = await browser.submit(form, {}, "Send the request");
      const second = await browser.submit(first, {}, "Send the request");
      for (const page of [first, second]) {
        expect([page.status, readPage(page)]).toEqual([200, right("The signature (")]);
        expect(readPage(page)).toContain(`right: iss is this server, ${server.polymint.issuer}.`);
        expect(readPage(page)).not.toContain("wrong: ");
      }
    });

    it("lists every contract, both flows and every service on its first page", async () => {
      const page = readPage(await browse().get("/playground"));
      expect(contracts.filter((contract) => !page.includes(contract))).toEqual([]);
      expect(page).toMatch(/Authorization code .* Device .* GET \/health\/ready .* POST \/oauth2\/introspect /);
    });

    it.each([
      ["oauth2", "introspectToken", /"active": true/],
      ["oauth2", "revokeToken", /Answer 200/],
      ["userinfo", "readUserInfo", /"email": "/],
      ["device-authorization", "authorizeDevice", /"user_code": "/],
      ["discovery", "readOpenidConfiguration", /"token_endpoint": "/],
      ["health", "readReadiness", /Answer 200/],
      ["weavr-login", "loginWithPassword", /"token": "/],
      ["sandbox", "listArmedFaults", /Answer 200/],
    ])("asks %s for %s, with what the demonstration has", async (service, call, answer) => {
      const browser = browse();
      const page = await browser.submit(await browser.get(`/playground?contract=${service}&call=${call}`), {}, "Send the request");
      expect([page.status, readPage(page)]).toEqual([200, expect.stringMatching(answer)]);
      expect(readPage(page)).toContain("Answer 200");
    });

    it("shows the body of an operation as its document does, where the demonstration has none", async () => {
      const form = await browse().get("/playground?contract=weavr-step-up&call=verifyOtpChallenge");
      expect(form.text).toMatch(/<textarea id="body"[^>]*>\{/);
      expect(form.text).toMatch(/name="header\.Authorization"[^]*<summary>/);
    });

    it("explains a wrong secret in words, shows the contract's own answer, and leads to its errors", async () => {
      const browser = browse();
      const form = await browser.get("/playground?contract=firstvision");
      const page = await browser.submit(form, { password: "pms_wrong" }, "Send the request");
      expect(readPage(page)).toMatch(/Answer 401 What it means The client was not recognised: .*WWW-Authenticate: Basic/);
      expect(page.text).toContain('href="./errors?contract=firstvision"');
    });

    it("lets headers and the body be anything", async () => {
      const browser = browse();
      const form = await browser.get("/playground?contract=abbeycross");
      const page = await browser.submit(
        form,
        { headers: "Content-Type: text/plain\n\nX-Own: <b>", body: "no <i>JSON</i>" },
        "Send the request",
      );
      expect(readPage(page)).toMatch(/Content-Type: text\/plain X-Own: <b> no <i>JSON<\/i> .*Answer 415/);
      expect(page.text).not.toMatch(/<b>|<i>/);
    });

    it.each([
      ["a header without a colon", { headers: "Accept" }, "A header has the form “Name: value”"],
      ["a header that frames the message", { headers: "Transfer-Encoding: chunked" }, "belongs to the connection"],
      ["a line break in a header", { "header.correlationId": "a\r\nX-Evil: b" }, "has characters that no header can have"],
    ])("sends nothing for %s, and says why", async (_case, fields, why) => {
      const browser = browse();
      const page = await browser.submit(await browser.get("/playground?contract=firstvision"), fields, "Send the request");
      expect([page.status, readPage(page)]).toEqual([400, expect.stringContaining(why)]);
    });

    it("goes to operations of contracts only, whatever a form says", async () => {
      const browser = browse();
      const form = await browser.get("/playground?contract=firstvision");
      for (const call of ["readKeys", "checkReadiness", "http://example.net/"]) {
        expect((await browser.submit(form, { call }, "Send the request")).status).toBe(404);
      }
      const tide = await browser.get("/playground?contract=tide");
      const page = await browser.submit(tide, { "path.realm": "../../health" }, "Send the request");
      expect(readPage(page)).toContain("GET /tide/realms/..%2F..%2Fhealth/token");
    });

    it("links every operation of the reference to its form", async () => {
      const browser = browse();
      // The third operation of tide is left out.
      for (const name of ["oauth2", "health", "tide"]) {
        const { text } = await browser.get(`/docs?contract=${name}`);
        const links = [...text.matchAll(/<a href="\.([^"]+)" data-try="\w+">Try (\w+ \S+) in the playground/g)];
        expect([name, links.length]).toEqual([name, 2]);
        for (const [, href = "", call = ""] of links)
          expect(readPage(await browser.get(href.replaceAll("&amp;", "&")))).toContain(`${call} ·`);
      }
    });

    it("sends nothing for a form of another browser", async () => {
      const form = await browse().get("/playground?contract=abbeycross");
      const page = await openBrowser(server, `192.0.2.${address}`).submit(form, {}, "Send the request");
      expect([page.status, readPage(page)]).toEqual([403, expect.stringContaining("Nothing was sent")]);
    });

    it.each(["reset", "truncate"] as const)("says at once that the connection broke, where a fault has it %s", async (drop) => {
      const browser = browse();
      await server.polymint.next("abbeycross", { drop });
      const page = await browser.submit(await browser.get("/playground?contract=abbeycross"), {}, "Send the request");
      expect(readPage(page)).toContain("The server closed the connection before the whole answer had come.");
    });

    it("shows secrets in the form only, and logs none", async () => {
      const { clients, user } = server.polymint;
      const secrets = [...Object.values(clients).map((client) => client?.secret ?? ""), user.password].filter((secret) => secret !== "");
      const browser = browse();
      for (const contract of contracts) {
        const page = await browser.submit(await browser.get(`/playground?contract=${contract}`), {}, "Send the request");
        const shown = readPage(page);
        expect(secrets.filter((secret) => shown.includes(secret) || shown.includes(encodeURIComponent(secret)))).toEqual([]);
      }
      const logged = JSON.stringify(server.polymint.logs);
      expect(secrets.filter((secret) => logged.includes(secret))).toEqual([]);
    });

    it("counts against the person who sends it, whatever it says of itself", async () => {
      const browser = browse();
      const form = await browser.get("/playground?contract=abbeycross");
      const statuses = new Set<number>();
      let shown = "";
      for (let sent = 0; sent < 25 && !statuses.has(429); sent += 1) {
        const page = await browser.submit(form, { headers: `X-Forwarded-For: 198.51.100.${sent}` }, "Send the request");
        statuses.add(page.status);
        shown = readPage(page);
      }
      // Each submission is two requests of one address: the page's and its own.
      expect([...statuses]).toEqual(expect.arrayContaining([429]));
      expect(shown).toMatch(/Please wait a moment|Answer 429/);
      const other = openBrowser(server, "192.0.2.250");
      const page = await other.submit(await other.get("/playground?contract=abbeycross"), {}, "Send the request");
      expect(readPage(page)).toContain("Answer 200");
    });
  });

  describe("the authorization code flow", () => {
    /** Goes from the first page to the callback's address. */
    async function authorize(browser: ReturnType<typeof browse>): Promise<URL> {
      const { app, polymint } = server;
      const start = await browser.get("/playground-code");
      const made = await browser.submit(start, { client_id: app.id, scope: "openid email offline" });
      const [, href = ""] = /class="button" href="([^"]+)"/.exec(made.text) ?? [];
      let page = await browser.follow(await browser.get(href.replace(/^\./, "").replaceAll("&amp;", "&")));
      if (page.text.includes('name="password"')) {
        page = await browser.follow(
          await browser.submit(page, { email: polymint.person.email, password: polymint.person.password }, "Log in"),
        );
      }
      if (page.text.includes('value="approve"')) page = await browser.submit(page, {}, "Allow");
      return new URL(page.headers.get("location") ?? page.url);
    }
    const back = (browser: ReturnType<typeof browse>, { search }: URL) => browser.get(`/playground-callback${search}`);
    const exchange = (browser: ReturnType<typeof browse>, page: Awaited<ReturnType<typeof back>>, button = "Exchange the code") =>
      browser.submit(page, { client_id: server.app.id, client_secret: server.app.secret }, button);

    it("ends with verified tokens, of which each is used", async () => {
      const browser = browse();
      const location = await authorize(browser);
      expect(`${location.origin}${location.pathname}`).toBe(server.callback);
      const page = await exchange(browser, await back(browser, location));
      const shown = readPage(page);
      for (const sentence of ["at_hash fits the access token.", "nonce is that of the request.", `aud is the client, ${server.app.id}.`]) {
        expect(shown).toEqual(right(sentence));
      }
      expect(shown).not.toContain("wrong: ");
      const refreshed = await browser.submit(page, {}, "Refresh");
      expect(readPage(refreshed)).toContain("All that follow from one login are a family.");
      expect(readPage(refreshed)).toMatch(/Refreshed .*Answer 200 .*note: nonce is missing/);
      expect(readPage(await browser.submit(refreshed, {}, "Call /userinfo"))).toContain(server.polymint.person.email);
      expect(readPage(await browser.submit(refreshed, {}, "Introspect the access token"))).toContain('"active": true');
      const revoked = await browser.submit(refreshed, {}, "Revoke the access token");
      expect(readPage(await browser.submit(revoked, {}, "Introspect the access token"))).toContain('"active": false');
      const ended = await browser.submit(revoked, {}, "Revoke the refresh token");
      expect(readPage(await browser.submit(ended, {}, "Refresh"))).toContain("What the request presents is not good");
    });

    it("tells what became of a family of refresh tokens", async () => {
      const browser = browse();
      const page = await exchange(browser, await back(browser, await authorize(browser)));
      const refreshed = await browser.submit(page, {}, "Refresh");
      const again = await browser.submit(refreshed, {}, "Send the refresh token before again");
      expect(readPage(again)).toMatch(/the same successor comes again\. .*Answer 200/);
      server.polymint.clock.advance(11);
      const reused = await browser.submit(again, {}, "Send the refresh token before again");
      expect(readPage(reused)).toMatch(/the server has revoked the whole family, .*Answer 400/);
      expect(readPage(await browser.submit(reused, {}, "Introspect the refresh token"))).toContain('"active": false');
    });

    it("loses neither code nor tokens if the person logs out in another tab", async () => {
      const browser = browse();
      const logOut = async () => browser.submit(await browser.get("/logout"), {}, "Log out");
      const code = await back(browser, await authorize(browser));
      await logOut();
      const refused = await exchange(browser, code);
      expect([refused.status, readPage(refused)]).toEqual([
        403,
        expect.stringContaining("Nothing was sent The browser has logged in or out"),
      ]);
      const page = await exchange(browser, refused);
      expect(readPage(page)).toEqual(right("nonce is that of the request."));
      const { cookies } = browser;
      cookies.delete("polymint");
      const outdated = await browser.submit(page, {}, "Refresh");
      expect([outdated.status, readPage(outdated)]).toEqual([403, expect.stringContaining("Nothing was sent")]);
      expect(readPage(await browser.submit(outdated, {}, "Refresh"))).toContain("Answer 200");
    });

    it("says that a code was exchanged before", async () => {
      const browser = browse();
      const page = await exchange(browser, await back(browser, await authorize(browser)));
      const again = await exchange(browser, page, "Exchange the code again");
      expect(readPage(again)).toContain("Most likely This code was exchanged before.");
    });

    it("says that a code has expired, and when a secret is wrong", async () => {
      const browser = browse();
      const page = await back(browser, await authorize(browser));
      const wrong = await browser.submit(page, { client_secret: "pms_wrong" }, "Exchange the code");
      expect(readPage(wrong)).toContain("Answer 401 What it means The client was not recognised");
      server.polymint.clock.advance(61);
      expect(readPage(await exchange(browser, wrong))).toContain("The code has expired: it came back 61 seconds ago");
    });

    it("does not exchange a code that another browser asked for", async () => {
      const location = await authorize(browse());
      const stranger = await back(browse(), location);
      expect(readPage(stranger)).toContain("wrong: This browser began nothing in the last ten minutes");
      const other = browse();
      await authorize(other);
      const confused = await back(other, location);
      expect(readPage(confused)).toContain("wrong: state differs from the one that this browser sent: someone else began this");
      for (const page of [stranger, confused]) expect(page.text).not.toContain("Exchange the code");
    });

    it("does not exchange a code of another issuer", async () => {
      const browser = browse();
      const location = await authorize(browser);
      location.searchParams.set("iss", "https://evil.example");
      const page = await back(browser, location);
      expect(readPage(page)).toContain(`wrong: iss is https://evil.example, but this server is ${server.polymint.issuer}`);
      expect(page.text).not.toContain("Exchange the code");
    });

    it("explains an error that comes back in place of a code", async () => {
      const page = await browse().get("/playground-callback?error=access_denied&error_description=%3Cb%3E&state=x");
      expect(readPage(page)).toContain("access_denied The person said no, or may not log in. The server says: <b>");
    });

    it("names the command that registers the redirect URI", async () => {
      const { client } = await server.polymint.register({
        ...{ contracts: ["screening-eagle"], scopes: ["openid"], redirectUris: ["https://app.example.net/callback"] },
      });
      const browser = browse();
      const page = await browser.submit(await browser.get("/playground-code"), { client_id: client.id });
      expect(readPage(page)).toContain(`npx polymint client update '${client.id}' --redirect-uri '${server.callback}'`);
    });
  });

  describe("the device flow", () => {
    async function begin(browser: ReturnType<typeof browse>) {
      const page = await browser.submit(await browser.get("/playground-device"), { client_id: server.deviceId }, "Begin");
      const [, userCode = ""] = /class="usercode"><code>([^<]+)/.exec(page.text) ?? [];
      return { page, userCode };
    }

    async function decide(browser: ReturnType<typeof browse>, userCode: string, button: string): Promise<void> {
      const { person } = server.polymint;
      let page = await browser.follow(await browser.submit(await browser.get(`/device?user_code=${userCode}`), {}, "Continue"));
      page = await browser.follow(await browser.submit(page, { email: person.email, password: person.password }, "Log in"));
      page = await browser.follow(await browser.submit(page, {}, "Continue"));
      await browser.submit(page, {}, button);
    }

    it("waits, is told to slow down, and gets its verified token", async () => {
      const browser = browse();
      const { page, userCode } = await begin(browser);
      const pending = await browser.submit(page, {}, "Ask for the token");
      expect(readPage(pending)).toContain("The person has not decided yet.");
      const slower = await browser.submit(pending, {}, "Ask for the token");
      expect(readPage(slower)).toMatch(/at most every 10 seconds\. .*waits five seconds longer/);
      await decide(browse(), userCode, "Allow");
      server.polymint.clock.advance(10);
      const done = readPage(await browser.submit(slower, {}, "Ask for the token"));
      expect(done).toEqual(right("The signature (ES256) is good."));
    });

    it.each([
      ["that the person said no", "Deny", 0, "It was denied: the person said no"],
      ["that the code has expired", undefined, 601, "The device code has expired"],
    ])("says %s", async (_case, decision, seconds, words) => {
      const browser = browse();
      const { page, userCode } = await begin(browser);
      if (decision !== undefined) await decide(browse(), userCode, decision);
      server.polymint.clock.advance(seconds);
      expect(readPage(await browser.submit(page, {}, "Ask for the token"))).toContain(words);
    });
  });

  describe("bad input", () => {
    const accept = "text/html";
    const queries = ["%00", "a&contract=b", "%ff", "%zz", "%ED%A0%80", "..%2f..", "x".repeat(6000)].map((value) => `contract=${value}`);
    const bodies: [string, string | Uint8Array<ArrayBuffer>, number][] = [
      ["application/x-www-form-urlencoded", "csrf=a&csrf=b", 400],
      ["application/x-www-form-urlencoded", "contract=%00", 400],
      ["application/x-www-form-urlencoded", "contract=%zz", 400],
      ["application/x-www-form-urlencoded", new Uint8Array([0xff, 0xfe]), 400],
      ["application/x-www-form-urlencoded", `contract=${"x".repeat(70_000)}`, 413],
      ["application/json", "{}", 415],
    ];

    it.each(["/", "/docs", "/errors", "/playground", "/playground-code", "/playground-callback", "/playground-device", "/sandbox"])(
      "gets a page at %s, and is never a fault of the server",
      async (path) => {
        const url = `${server.polymint.url}${path}`;
        const send = async (search: string, method = "GET", body?: RequestInit["body"], type = "text/plain") => {
          const headers = { accept, "x-forwarded-for": `192.0.2.${address}`, "content-type": type };
          const answer = await fetch(`${url}${search}`, { method, headers, ...(body !== undefined && { body }) });
          expect([search, answer.headers.get("content-type")]).toEqual([search, "text/html; charset=utf-8"]);
          return answer.status;
        };
        const reads = ["/docs", "/errors", "/playground", "/sandbox"].includes(path);
        for (const query of queries) expect([query, [200, 400, 404]]).toEqual([query, expect.arrayContaining([await send(`?${query}`)])]);
        if (reads) for (const query of queries.slice(0, 4)) expect([query, await send(`?${query}`)]).toEqual([query, 400]);
        const isForm = path.startsWith("/playground");
        for (const [type, body, status] of bodies) {
          const got = await send("", "POST", body, type);
          expect([body, got]).toEqual([body, isForm ? status : 405]);
        }
        for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) expect([method, await send("", method)]).toEqual([method, 405]);
      },
    );

    it.each(["/playground?contract=weavr", "/playground?contract=oauth2", "/playground-code", "/playground-device"])(
      "in any field of the form at %s is refused with a page",
      async (path) => {
        const browser = browse();
        const [form] = formsOf(await browser.get(path)).slice(-1);
        const { action = "", fields = {} } = form ?? {};
        for (const name of Object.keys(fields)) {
          for (const value of ["\0", "\r\n: x", "\ud800", "x".repeat(9000)]) {
            address += 1;
            const page = await openBrowserWith(browser.cookies).post(action.slice(1), { ...fields, [name]: value });
            expect([name, page.status < 500, page.headers.get("content-type")]).toEqual([name, true, "text/html; charset=utf-8"]);
          }
        }
      },
    );

    const openBrowserWith = (cookies: Map<string, string>) => {
      const other = browse();
      for (const [name, value] of cookies) other.cookies.set(name, value);
      return other;
    };
  });
}
