import { createHash } from "node:crypto";
import request from "supertest";
import { createApp } from "../../src/app";
import { close, listen, makeServer } from "../../src/server/http-server";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { authorizePath } from "../harness/authorize";
import { makeBrowser, type PageResponse } from "../harness/browser";
import type { FaultyWire } from "../../src/contract-suite/faulty-wire";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { appOptionsOf } from "../harness/app-options";
import { startFaultyPolymint } from "../../src/contract-suite/faulty-polymint";
import { withoutTable } from "../../src/contract-suite/tables";

const form = { "content-type": "application/x-www-form-urlencoded" };
const redirectUri = "https://app.example/cb";
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

/** Expects a page of this server with everything that a page must have. */
function expectPage(answer: PageResponse, status: number): void {
  expect({ status: answer.status, type: answer.headers.get("content-type") }).toEqual({ status, type: "text/html; charset=utf-8" });
  expectSafeHeaders(answer);
  const style = /<style>(.*)<\/style>/s.exec(answer.text)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(answer.headers.get("content-security-policy")).toContain(`; style-src 'sha256-${hash}'; img-src data:; form-action 'self'`);
  expect(answer.text.match(/<h1>/g)).toHaveLength(1);
  expect(answer.text).toMatch(/^<!doctype html>\s*<html lang="en">/);
  expect(answer.text).toMatch(/<title>[^<]+ – Polymint<\/title>/);
  expect(answer.text).not.toMatch(/<script|<link (?!rel="icon" href="data:)|<img| style=| on[a-z]+=|javascript:/i);
}

function expectSafeHeaders({ headers }: PageResponse): void {
  expect(headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; form-action 'self'(?: [\w.:/-]+)?; frame-ancestors 'none'; base-uri 'none'$/,
  );
  expect(Object.fromEntries(headers)).toMatchObject({
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  });
  expect(headers.get("permissions-policy")).toContain("camera=()");
  expect(headers.has("x-powered-by")).toBe(false);
}

describe("pages", () => {
  let polymint: TestPolymint;
  let asking: { clientId: string; redirectUri: string; scope: string };
  beforeAll(async () => {
    polymint = await startPolymint();
    const { client } = await polymint.register({ contracts: ["screening-eagle"], redirectUris: [redirectUri], scopes: ["openid"] });
    asking = { clientId: client.id, redirectUri, scope: "openid" };
  });
  afterAll(() => polymint.stop());
  const browse = () => makeBrowser(polymint.url);

  async function logIn() {
    const browser = browse();
    const { email, password } = polymint.person;
    await browser.submit(await browser.get("/login"), { email, password });
    return browser;
  }

  it("carry every protective header and the style that the policy allows", async () => {
    const someone = await logIn();
    const pages: readonly (readonly [number, Promise<PageResponse>])[] = [
      [200, browse().get("/login")],
      [200, browse().get("/logout")],
      [200, someone.get("/login")],
      [200, someone.get("/logout")],
      [200, someone.get(authorizePath(asking))],
      [400, browse().get("/authorize")],
      [403, browse().post("/login", {})],
      [405, browse().get("/consent")],
    ];
    for (const [status, answer] of pages) expectPage(await answer, status);
  });

  it("carry the protective headers on redirects too", async () => {
    const answer = await browse().get(authorizePath(asking));
    expect(answer.status).toBe(303);
    expectSafeHeaders(answer);
    expect(answer.text).toBe("");
  });

  it("are found only at their exact path; near it the contracts answer in JSON", async () => {
    for (const path of ["/Login", "/login/", "/login/x", "//login", "/%6Cogin", "/authorize/"]) {
      const { status, headers } = await request(polymint.url).get(path);
      expect([path, status, headers["content-type"]]).toEqual([path, 404, expect.stringContaining("application/json") as string]);
    }
  });

  it("answer HEAD like GET without the body, and other methods with 405 and Allow", async () => {
    const head = await request(polymint.url).head("/login");
    const get = await request(polymint.url).get("/login");
    expect([head.status, head.text]).toEqual([200, undefined]);
    expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
    expect(head.headers["content-security-policy"]).toBe(get.headers["content-security-policy"]);

    const allowed = { "/login": "GET, HEAD, POST", "/logout": "GET, HEAD, POST", "/authorize": "GET, POST", "/consent": "POST" };
    for (const [path, allow] of Object.entries(allowed)) {
      for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
        const answer = await fetch(`${polymint.url}${path}`, { method });
        expectPage({ url: path, status: answer.status, headers: answer.headers, text: await answer.text() }, 405);
        expect([path, answer.headers.get("allow")]).toEqual([path, allow]);
      }
    }
  });

  it("refuse HEAD where GET may issue a code that the client would not see", async () => {
    expect((await request(polymint.url).head("/authorize")).status).toBe(405);
  });

  it("answer 415, 413 or 400 with a page for anything but a well-formed form", async () => {
    const faults: readonly (readonly [number, string, Record<string, string>])[] = [
      [415, "{}", { "content-type": "application/json" }],
      [415, "email=a", { "content-type": "text/plain" }],
      [415, "email=a", { "content-type": "application/x-www-form-urlencoded; charset=latin1" }],
      [415, "email=a", { ...form, "content-encoding": "gzip" }],
      [413, `email=${"a".repeat(70_000)}`, form],
      [400, "email=%00", form],
      [400, "em%00ail=a", form],
      [400, "email=%zz", form],
      [400, "email=%ff", form],
      [400, "email=a&email=b", form],
      [400, Array.from({ length: 101 }, (_, index) => `p${index}=1`).join("&"), form],
    ];
    for (const path of ["/login", "/logout", "/consent"])
      for (const [status, body, headers] of faults) expectPage(await browse().post(path, body, headers), status);
    for (const [status, body, headers] of faults.slice(0, 5)) expectPage(await browse().post("/authorize", body, headers), status);
  });

  it("refuse a form that is not UTF-8", async () => {
    const body = Buffer.from("email=\xff", "latin1");
    const head = `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: ${form["content-type"]}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await sendRaw(polymint.url, Buffer.concat([Buffer.from(head), body]));
    expect([answer.status, answer.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
  });

  it("refuse a query that cannot be decoded", async () => {
    for (const query of ["continue=%zz", "continue=%00", "continue=/a&continue=/b", "%00=a"])
      expectPage(await browse().get(`/login?${query}`), 400);
  });

  it("refuse a target that is not a plain path", async () => {
    for (const target of ["http://other.test/login", "/login#x"]) {
      const { status, headers, body } = await sendRaw(polymint.url, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const answer = { url: target, status, headers: new Headers(headers), text: Buffer.from(body, "latin1").toString("utf8") };
      expectPage(answer, 400);
    }
  });

  it("log the code of a refusal and nothing of the request", async () => {
    const browser = browse();
    const page = await browser.get("/login");
    const before = polymint.logs.length;
    await browser.submit(page, { email: "nobody@example.net", password: "open sesame" });
    const [line] = polymint.logs.slice(before);
    expect(line).toMatchObject({ contract: "pages", page: "/login", outcome: "invalid_grant", status: 400 });
    expect(line?.correlationId).toMatch(uuid);
    const all = JSON.stringify(polymint.logs);
    for (const secret of ["open sesame", polymint.person.password, ...browser.cookies.values()]) expect(all).not.toContain(secret);
  });

  it("show a 500 page with the correlation id of the log line, and nothing of its cause", async () => {
    const browser = await logIn();
    const answer = await withoutTable(polymint, "sessions", () => browser.get("/logout"));
    expectPage(answer, 500);
    const number = uuid.exec(answer.text)?.[0];
    expect(polymint.logs.find(({ correlationId }) => correlationId === number)).toMatchObject({ outcome: "server_error", page: "/logout" });
    expect(answer.text).not.toMatch(/sessions|SELECT|relation/);
  });
});

describe("pages, at capacity", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ maxInFlight: 0 });
  });
  afterAll(() => polymint.stop());

  it("answer 429", async () => {
    const answer = await makeBrowser(polymint.url).get("/login");
    expectPage(answer, 429);
    expect(answer.headers.get("retry-after")).toBe("1");
  });
});

describe("pages whose contracts are switched off", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ contracts: ["weavr"] });
  });
  afterAll(() => polymint.stop());

  it("are not found, nor is the login page", async () => {
    for (const path of ["/authorize?client_id=a", "/login", "/logout"]) expectPage(await makeBrowser(polymint.url).get(path), 404);
    expectPage(await makeBrowser(polymint.url).post("/consent", {}), 404);
  });
});

describe("pages under an https issuer", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ issuer: "https://id.example" });
  });
  afterAll(() => polymint.stop());

  it("keep browsers on https and set a cookie that only this host can set", async () => {
    const browser = makeBrowser(polymint.url);
    const page = await browser.get("/login");
    expect(page.headers.get("strict-transport-security")).toBe("max-age=31536000");
    await browser.submit(page, { email: polymint.person.email, password: polymint.person.password });
    const session = browser.setCookies.filter((cookie) => cookie.startsWith("__Host-polymint="));
    expect(session).toHaveLength(2);
    for (const cookie of session) expect(cookie).toMatch(/^__Host-polymint=pmb_[\w-]{51}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect((await browser.get("/login")).text).toContain("You are logged in");
  });

  it("do not accept the cookie under its plain name", async () => {
    const browser = makeBrowser(polymint.url);
    await browser.submit(await browser.get("/login"), { email: polymint.person.email, password: polymint.person.password });
    const value = browser.cookies.get("__Host-polymint") ?? "";
    const answer = await makeBrowser(polymint.url).get("/login", { cookie: `polymint=${value}` });
    expect(answer.text).not.toContain("You are logged in");
  });
});

describe("pages, while the database is away", () => {
  let polymint: TestPolymint;
  let wire: FaultyWire;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ polymint, wire, stop } = await startFaultyPolymint({ connectTimeoutMs: 1_000, statementTimeoutMs: 1_000 }));
  });
  afterAll(() => stop());

  it("answer 503, keep sessions alive and count no failed login", async () => {
    const { email, password } = polymint.person;
    const someone = makeBrowser(polymint.url);
    await someone.submit(await someone.get("/login"), { email, password });
    const visitor = makeBrowser(polymint.url);
    const login = await visitor.get("/login");
    for (const breakIt of [() => wire.cut(), () => wire.silence()]) {
      breakIt();
      const cookie = someone.cookies.get("polymint");
      for (const answer of [await someone.get("/logout"), await visitor.submit(login, { email, password })]) {
        expectPage(answer, 503);
        expect(answer.headers.get("retry-after")).toBe("5");
      }
      expect(someone.cookies.get("polymint")).toBe(cookie);
      wire.mend();
      expect((await someone.get("/login")).text).toContain("You are logged in");
    }
    expect((await visitor.submit(login, { email, password })).status).toBe(303);
  }, 60_000);

  it("answer 503 while the server is starting", async () => {
    wire.cut();
    const { app, warmed } = createApp(appOptionsOf(polymint));
    await expect(warmed).rejects.toThrow();
    wire.mend();
    const server = makeServer(app);
    const answer = await makeBrowser(`http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`).get("/login");
    await close(server, 1_000);
    expectPage(answer, 503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(answer.text).toContain("We are just starting");
  }, 60_000);
});
