/** Which web pages may read answers (CORS), and that everything else is answered as without it. */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { wiring } from "../../generated/wiring";
import type { Origins } from "../../src/engine/ports/clients";
import { Refusal, Unavailable } from "../../src/engine/refusal";
import { findTokenPath } from "../../src/contracts/wire";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { sendRaw } from "../../src/contract-suite/raw-http";
import { listen } from "../../src/server/http-server";
import { makeSmallApi, serveApis, type SmallServer } from "../harness/small-api";
import { chromiumPath, launchChromium } from "../qualities/interop/chromium";

const own = "https://app.example";
const others = "https://other.example:8443";
const stranger = "https://stranger.example";

let polymint: TestPolymint;
let client: { client_id: string; client_secret: string };
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
let bundle: Buffer | undefined;
/** Serves an empty page, and the typed client as `make build` bundles it. The page's origin depends on the name by which a browser calls it. */
const pages = createServer(({ url }, response) =>
  url === "/client.mjs"
    ? response.setHeader("Content-Type", "text/javascript").end((bundle ??= bundleClient()))
    : response.setHeader("Content-Type", "text/html").end("<!doctype html><title>app</title>"),
);

function bundleClient(): Buffer {
  const root = join(__dirname, "..", "..");
  const entry = join(root, "generated", "clients", "index.ts");
  return execFileSync(join(root, "node_modules", ".bin", "esbuild"), [entry, "--bundle", "--format=esm", "--target=es2022"]);
}

let local: string;
let foreign: string;
beforeAll(async () => {
  const port = await listen(pages, "127.0.0.1", 0);
  [local, foreign] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  polymint = await startPolymint();
  const { client: made, secret } = await polymint.register({ contracts: ["abbeycross"], origins: [own, local] });
  client = { client_id: made.id, client_secret: secret?.value ?? "" };
  await polymint.register({ contracts: ["firstvision"], origins: [others] });
  const jwks = [{ ...keys.publicKey.export({ format: "jwk" }), use: "sig", alg: "ES256" }];
  await polymint.register({ id: "signer", contracts: ["raidiam"], scopes: ["read"], jwks, origins: [local] });
  await polymint.register({ id: "tv", contracts: ["raidiam"], grants: ["device_code"], authMethods: ["none"], origins: [local] });
});
afterAll(async () => {
  await polymint.stop();
  await new Promise((closed) => pages.close(closed));
});

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

async function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: object,
  url = polymint.url,
): Promise<Answer> {
  const json = body === undefined ? {} : { "Content-Type": "application/json", body: JSON.stringify(body) };
  const { body: text = "", ...type } = json as { body?: string };
  const lines = Object.entries({ Host: "polymint.test", "Content-Length": String(text.length), ...type, ...headers });
  const answer = await sendRaw(url, `${method} ${path} HTTP/1.1\r\n${lines.map((line) => line.join(": ")).join("\r\n")}\r\n\r\n${text}`);
  return answer;
}

const preflight = (path: string, method: string, origin: string, url = polymint.url, host = "polymint.test") =>
  send("OPTIONS", path, { Host: host, Origin: origin, "Access-Control-Request-Method": method }, undefined, url);

const listCorsHeaders = ({ headers }: Answer) =>
  Object.keys(headers).filter((name) => name.startsWith("access-control-") || name === "vary");

const tokenPath = "/v1/oauth/token";

describe("a preflight", () => {
  const readable: [string, string, string][] = [
    ...wiring.map((contract): [string, string, string] => ["POST", findTokenPath(contract), own]),
    ["POST", "/oauth2/revoke", own],
    ["GET", "/userinfo", own],
    ["POST", "/userinfo", own],
    ["POST", "/device_authorization", own],
    ["POST", "/login_with_password", own],
    ["POST", "/stepup/challenges/otp", own],
    ["POST", "/stepup/challenges/otp/verify", own],
  ];

  it.each(readable)("for %s %s lets a registered origin send what the operation declares", async (method, path, origin) => {
    const { status, headers, body } = await preflight(path, method, origin);
    expect({ status, body }).toEqual({ status: 204, body: "" });
    expect(headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-max-age": "600",
      "cache-control": "no-store",
      vary: "Origin",
    });
    expect(headers["access-control-allow-methods"]?.split(", ")).toContain(method);
    expect(headers["access-control-allow-headers"]?.split(", ")).toEqual(expect.arrayContaining(["authorization", "prefer"]));
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
    // A 204 has no length (RFC 9110 §8.6).
    expect(headers).not.toHaveProperty("content-length");
  });

  it("names the headers of the operation, those with a key too, and its content type only if it has a body", async () => {
    const allowed = async (path: string, method: string) => {
      const { headers } = await preflight(path, method, own);
      return headers["access-control-allow-headers"];
    };
    expect(await allowed("/access_token", "POST")).toBe("authorization, content-type, prefer, api-key");
    expect(await allowed("/userinfo", "GET")).toBe("authorization, prefer");
    expect(await allowed("/token", "POST")).toMatch(/content-type.*x-fapi-interaction-id/);
  });

  it("for keys and metadata lets every origin ask", async () => {
    for (const path of ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]) {
      const { status, headers } = await preflight(path, "GET", stranger);
      expect([status, headers["access-control-allow-origin"], headers.vary]).toEqual([204, "*", undefined]);
    }
  });

  const refused: [string, string, string, string][] = [
    ["an origin that no client registered", tokenPath, "POST", stranger],
    ["the origin null", tokenPath, "POST", "null"],
    ["another port", tokenPath, "POST", `${own}:8443`],
    ["plain http", tokenPath, "POST", "http://app.example"],
    ["a longer host", tokenPath, "POST", `${own}.evil.example`],
    ["another spelling", tokenPath, "POST", "https://APP.example"],
    ["a method that the path does not have", tokenPath, "DELETE", own],
    ["introspection", "/oauth2/introspect", "POST", own],
    ["a health check", "/health/live", "GET", own],
    ["a page", "/login", "POST", own],
    ["an unknown path", "/v1/oauth/tokens", "POST", own],
  ];
  it.each(refused)("for %s is answered as every OPTIONS", async (_what, path, method, origin) => {
    const answer = await preflight(path, method, origin);
    const plain = await send("OPTIONS", path);
    const known = ({ status, headers: { allow, "content-type": type } }: Answer) => ({ status, allow, type });
    expect(known(answer)).toEqual(known(plain));
    expect(listCorsHeaders(answer)).toEqual([]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it("goes by the prefix and the host of a contract", async () => {
    const moved = await polymint.startAnother({
      prefixes: new Map([["abbeycross", "/vendor"]]),
      hosts: new Map([["raidiam", "auth.example"]]),
    });
    expect(await preflight(`/vendor${tokenPath}`, "POST", own, moved.url)).toMatchObject({ status: 204 });
    expect((await preflight(tokenPath, "POST", own, moved.url)).status).toBe(404);
    expect(await preflight("/token", "POST", own, moved.url, "auth.example")).toMatchObject({ status: 204 });
    expect((await preflight("/token", "POST", own, moved.url)).status).toBe(404);
  });

  it("for a contract that is switched off is no better than another request", async () => {
    const without = await polymint.startAnother({ contracts: ["weavr"] });
    const answer = await preflight(tokenPath, "POST", own, without.url);
    expect([answer.status, listCorsHeaders(answer)]).toEqual([404, []]);
  });
});

describe("an answer", () => {
  const requestToken = (origin: string | undefined, changes: object = {}) =>
    send("POST", tokenPath, origin === undefined ? {} : { Origin: origin }, { ...client, ...changes });

  it("can be read by the origins of its client, with the headers that the spec declares", async () => {
    const { status, headers } = await requestToken(own);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "access-control-allow-origin": own, vary: "Origin" });
    expect(headers["access-control-expose-headers"]?.split(", ")).toContain("retry-after");
    expect(headers["access-control-expose-headers"]).not.toContain("cache-control");
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });

  it("cannot be read by the origins of other clients once the client is known, whether it is a token or a refusal", async () => {
    for (const changes of [{}, { scope: "not-registered" }]) {
      const answer = await requestToken(others, changes);
      expect(listCorsHeaders(answer)).toEqual([]);
      expect(listCorsHeaders(await requestToken(own, changes))).toContain("access-control-allow-origin");
    }
  });

  it.each([
    ["a wrong secret", { client_secret: "wrong" }],
    ["a body that is not valid", { client_id: 1 }],
  ])("can be read by every registered origin while the client is not known: %s", async (_what, changes) => {
    const { status, headers } = await requestToken(others, changes);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers["access-control-allow-origin"]).toBe(others);
    expect(listCorsHeaders(await requestToken(stranger, changes))).toEqual([]);
  });

  it("to a method that the path does not have can be read too", async () => {
    const { status, headers } = await send("GET", tokenPath, { Origin: own });
    expect([status, headers["access-control-allow-origin"]]).toEqual([405, own]);
  });

  it("with keys or metadata can be read by everybody, also where a cache got it for a program", async () => {
    for (const headers of [{}, { Origin: stranger }]) {
      const answer = await send("GET", "/.well-known/jwks.json", headers);
      expect([answer.status, answer.headers["access-control-allow-origin"], answer.headers.vary]).toEqual([200, "*", undefined]);
    }
  });

  it.each(["/login", "/device", "/authorize"])("with the page %s can be read by no other origin", async (path) => {
    expect(listCorsHeaders(await send("GET", path, { Origin: own })).filter((name) => name !== "vary")).toEqual([]);
  });

  it("is for no origin of a disabled client", async () => {
    const origin = "https://soon-gone.example";
    const { client: made } = await polymint.register({ contracts: ["abbeycross"], origins: [origin] });
    await polymint.database.build((knex) => knex("clients").where("id", made.id).update({ status: "disabled" }));
    expect((await preflight(tokenPath, "POST", origin)).status).toBe(405);
  });

  it("costs a statement for the origin at most once a second, and none without one", async () => {
    const count = () => polymint.statements.filter((sql) => sql.includes("origins @>")).length;
    const before = count();
    for (let each = 0; each < 3; each += 1) await requestToken(undefined);
    await send("POST", tokenPath, { Origin: "null" }, client);
    expect(count()).toBe(before);
    const origin = "https://asked-often.example";
    await Promise.all(Array.from({ length: 20 }, () => requestToken(origin)));
    expect(count()).toBe(before + 1);
  });
});

describe("if the origin cannot be looked up", () => {
  const ok = { description: "Done.", content: { "application/json": { schema: { type: "object" } } } };
  const paths = { "/token": { post: { operationId: "issue", responses: { default: ok } } } };
  const api = makeSmallApi("vendor", paths, () => Promise.resolve({ status: 200, body: {} }), {
    dependency_unreachable: 503,
    throttled: 429,
  });
  const [[id, endpoint] = ["", undefined]] = Object.entries(api.endpoints);
  if (endpoint === undefined) throw new Error("the small api has an endpoint");
  const readable = { ...api, endpoints: { [id]: { ...endpoint, readableFrom: "registered origins" as const } } };
  let server: SmallServer;
  afterEach(() => server.stop());

  const serve = async (origins: Partial<Origins>, countSource?: () => Promise<void>) => {
    const away = () => Promise.reject(new Unavailable("database", "unreachable", "no database"));
    server = await serveApis([readable], { origins: { findClients: away, recallClients: () => undefined, ...origins }, countSource });
  };
  const remembered = { recallClients: (origin: string) => (origin === own ? new Set(["any"]) : undefined) };

  it("a page that is remembered can send, and reads that the server is unavailable", async () => {
    await serve(remembered);
    expect((await preflight("/token", "POST", own, server.url)).status).toBe(204);
    const answer = await send("POST", "/token", { Origin: own }, undefined, server.url);
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([503, own]);
  });

  it("a preflight of an origin that is not remembered says that the server is unavailable, and nothing of the origin", async () => {
    await serve(remembered);
    const answer = await preflight("/token", "POST", stranger, server.url);
    expect([answer.status, listCorsHeaders(answer)]).toEqual([503, []]);
  });

  it("a request without an origin is answered", async () => {
    await serve({});
    expect((await send("POST", "/token", {}, undefined, server.url)).status).toBe(200);
  });

  it("a page whose address asks too often reads that it does", async () => {
    await serve(remembered, () => Promise.reject(new Refusal("throttled", "too often", { retryAfterSeconds: 1 })));
    expect((await preflight("/token", "POST", own, server.url)).status).toBe(204);
    const answer = await send("POST", "/token", { Origin: own }, undefined, server.url);
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([429, own]);
    expect((await preflight("/token", "POST", stranger, server.url)).status).toBe(429);
  });
});

// Skipped only without Chromium; the headers are tested above in any case.
(chromiumPath === undefined ? describe.skip : describe)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  interface SentRequest {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
  }

  /** Sends a request from a page of an origin. @returns the status and members of the JSON, or `blocked` */
  async function fetchFrom(
    origin: string,
    path: string,
    init: SentRequest,
  ): Promise<{ status: number; body: Record<string, unknown> } | "blocked"> {
    const page = await browser.newPage();
    await page.goto(`${origin}/`);
    const send = async ({ url, init: sent }: { url: string; init: SentRequest }) => {
      try {
        const answer = await fetch(url, sent);
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
      } catch {
        return "blocked" as const;
      }
    };
    const result = await page.evaluate(send, { url: `${polymint.url}${path}`, init });
    await page.close();
    return result;
  }

  /** Asks for a token by the typed client in a page of an origin. @returns what it answers, or the name of its error */
  async function askByClient(origin: string, clientId: string): Promise<unknown> {
    const page = await browser.newPage();
    await page.goto(`${origin}/`);
    const privateKey = keys.privateKey.export({ format: "jwk" });
    const options = JSON.stringify({ baseUrl: polymint.url, audience: polymint.issuer, clientId, privateKey });
    const client = `makeRaidiamClient({ ...${options}, clock: () => ${polymint.clock()} })`;
    const result = await page.evaluate(
      `import("/client.mjs").then(({ makeRaidiamClient }) => ${client}.getToken()).then(({ answer }) => answer, ({ name }) => name)`,
    );
    await page.close();
    return result;
  }

  const asJson = (body: object): SentRequest => ({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  it("a page of the client's origin gets a token and reads refusals, a page of another gets neither", async () => {
    expect(await fetchFrom(local, tokenPath, asJson(client))).toMatchObject({
      status: 200,
      body: { access_token: expect.any(String) as string },
    });
    expect(await fetchFrom(local, tokenPath, asJson({ ...client, client_secret: "wrong" }))).toMatchObject({ status: 409 });
    expect(await fetchFrom(foreign, tokenPath, asJson(client))).toBe("blocked");
  });

  it("the typed client signs with its key and gets a token in a page of the client's origin alone", async () => {
    expect(await askByClient(local, "signer")).toMatchObject({ token_type: "Bearer", scope: "read" });
    expect(await askByClient(local, "another")).toBe("TokenRefused");
    expect(await askByClient(foreign, "signer")).toBe("TypeError");
  });

  it("a page without a secret begins a device's login, and one of another origin cannot read its code", async () => {
    const form: SentRequest = {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ client_id: "tv" }).toString(),
    };
    expect(await fetchFrom(local, "/device_authorization", form)).toMatchObject({ body: { user_code: expect.any(String) as string } });
    expect(await fetchFrom(foreign, "/device_authorization", form)).toBe("blocked");
  });

  it("every page reads the keys, and none reads a page of the server", async () => {
    expect(await fetchFrom(foreign, "/.well-known/jwks.json", {})).toMatchObject({
      status: 200,
      body: { keys: expect.any(Array) as unknown[] },
    });
    expect(await fetchFrom(local, "/login", {})).toBe("blocked");
  });
});
