import request from "supertest";
import { parse } from "yaml";
import { wiring } from "../../generated/wiring";
import type { FrontDoorDemo } from "../../src/front-door/options";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { tide } from "../harness/other-contracts";

const demo: FrontDoorDemo = {
  secrets: { "demo-abbeycross": "pms_<secret>" },
  person: { email: "demo@example.com", password: "a&b" },
  commands: [{ contract: "abbeycross", title: "a token", isFlow: false, text: "curl -sS 'http://localhost' -d '<&>'" }],
};
const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

/** The pages at a server behind a proxy that adds a prefix, with contracts at addresses of their own. */
export function defineHttpCases(): void {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({
      issuer: "https://id.example/auth",
      wiring: [tide],
      prefixes: new Map([["weavr", "/vendor"]]),
      hosts: new Map([["raidiam", "auth.raidiam.example"]]),
      contracts: ["abbeycross", "raidiam", "weavr", "tide"],
      opensAt: new Map([["abbeycross", () => Date.UTC(2026, 0, 19, 8)]]),
      frontDoor: { demo },
    });
  });
  afterAll(() => polymint.stop());
  const get = (path: string, headers: Record<string, string> = browser) => request(polymint.url).get(path).set(headers);

  it("answers a browser at / and leaves a program the 404 that it gets today", async () => {
    for (const accept of ["*/*", "application/json", "application/xhtml+xml"]) {
      const answer = await get("/", { accept });
      expect([accept, answer.status, answer.type]).toEqual([accept, 404, "application/json"]);
    }
    const page = await get("/");
    expect([page.status, page.type, page.headers.vary]).toEqual([200, "text/html", "Accept"]);
    expect((await request(polymint.url).post("/").set(browser)).status).toBe(405);
  });

  it("shows each contract with its address and its state", async () => {
    const { text } = await get("/");
    for (const { name } of wiring) expect(text).toContain(`id="${name}"`);
    expect(text).toContain("<code>POST https://id.example/auth/vendor/access_token</code>");
    expect(text).toContain("<code>POST https://auth.raidiam.example/token</code>");
    expect(text).toMatch(/firstvision\s*<span class="mark bad">off</);
    expect(text).toMatch(/<code>POST auth\.raidiam\.example\/token<\/code>/);
    expect(text).toContain("opens 2026-01-19T08:00 UTC");
  });

  it("shows the credentials of a demonstration, escaped, and no others", async () => {
    const { text } = await get("/");
    expect(text).toContain("pms_&lt;secret&gt;");
    expect(text).toContain("a&amp;b");
    for (const client of Object.values(polymint.clients)) expect(text).not.toContain(client?.secret || "pms_none");
  });

  it("links by references that work behind a proxy that adds a prefix", async () => {
    const found = new Set<string>();
    for (const path of ["/", "/docs", "/docs?contract=weavr", "/errors", "/errors?contract=weavr"]) {
      const { text } = await get(path);
      for (const [, link = ""] of text.matchAll(/(?:href|src|action)="([^"]*)"/g))
        found.add(link.replace(/#.*/, "").replaceAll("&amp;", "&"));
    }
    expect([...found].filter((link) => !/^(?:\.\/|data:image|$)/.test(link))).toEqual([]);
    // Which metadata there are depends on the contracts that are switched on, and there are no login pages without the right ones.
    for (const link of [...found].filter((each) => /^\.\/(?!login|\.well-known)/.test(each)))
      expect([link, (await get(link.slice(1))).status]).toEqual([link, 200]);
  });

  it("publishes the documents that validate, as JSON and as YAML, with this server's address", async () => {
    const json = await get("/openapi/weavr.json");
    expect([json.type, Object.keys((json.body as { paths: object }).paths)]).toEqual(["application/json", ["/vendor/access_token"]]);
    expect(json.body).toMatchObject({ servers: [{ url: "https://id.example/auth" }] });
    const yaml = await get("/openapi/weavr.yaml");
    expect(yaml.headers["content-type"]).toBe("application/yaml; charset=utf-8");
    expect(parse(yaml.text || (yaml.body as Buffer).toString())).toEqual(json.body);
    expect((await get("/openapi/raidiam.json")).body).toMatchObject({ servers: [{ url: "https://auth.raidiam.example" }] });
    expect((await get("/openapi/oauth2.json")).status).toBe(200);
    expect((await get("/openapi/unknown.json")).type).toBe("application/json");
  });

  it("lets a page run its own scripts only, and send requests only where a script does", async () => {
    const policyOf = async (path: string): Promise<string> => (await get(path)).headers["content-security-policy"] ?? "";
    expect(await policyOf("/")).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-/);
    expect(await policyOf("/")).not.toContain("connect-src");
    expect(await policyOf("/errors")).not.toMatch(/script-src|connect-src/);
    const viewer = await policyOf("/docs?contract=weavr");
    expect(viewer).toMatch(/script-src 'sha256-[\w+/]{43}=' 'self'; connect-src 'self'; style-src 'unsafe-inline'/);
    for (const path of ["/", "/docs?contract=weavr"]) expect(await policyOf(path)).not.toMatch(/script-src[^;]*unsafe/);
  });

  it("serves the viewer compressed, and for ever under the address of its content", async () => {
    const [asset = ""] = /\.\/docs-viewer\.js\?v=\w{16}/.exec((await get("/docs?contract=weavr")).text) ?? [];
    const answer = await get(asset.slice(1)).buffer(false);
    expect(answer.headers).toMatchObject({ "content-encoding": "gzip", "cache-control": "public, max-age=31536000, immutable" });
    expect(Number(answer.headers["content-length"])).toBeLessThan(1_600_000);
    expect((await get("/docs-viewer.js?v=old").buffer(false)).headers["cache-control"]).toBe("no-cache");
  });

  it("shows the recorded causes of a contract, and asks one that has none", async () => {
    const recorded = (await get("/errors?contract=weavr")).text;
    expect(recorded).toContain("Every test run causes each of these");
    expect(recorded).toContain("Decided where the document is silent");
    const asked = (await get("/errors?contract=tide")).text;
    expect(asked).toContain("The code of the contract was asked");
    expect(asked).toContain("The client does not prove itself.");
  });

  it("answers an unknown document with a page, and HEAD like GET", async () => {
    for (const path of ["/docs?contract=none", "/errors?contract=none"]) expect((await get(path)).status).toBe(404);
    const head = await request(polymint.url).head("/favicon.ico");
    expect([head.status, head.type]).toEqual([200, "image/x-icon"]);
  });

  it("lets pages of every origin read the documents, and no other page or file", async () => {
    const origin = "https://app.example";
    const asked = { origin, "access-control-request-method": "GET", "access-control-request-headers": "x-own" };
    for (const path of ["/openapi/weavr.json", "/openapi/weavr.yaml"]) {
      const answer = await get(path, { origin });
      expect(answer.headers).toMatchObject({ "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" });
      const preflight = await request(polymint.url).options(path).set(asked);
      expect([preflight.status, preflight.text]).toEqual([204, ""]);
      expect(preflight.headers).toMatchObject({ "access-control-allow-origin": "*", "access-control-allow-methods": "GET, HEAD" });
      expect(preflight.headers).not.toHaveProperty("content-length");
      expect((await request(polymint.url).options(path).set({ origin })).status).toBe(405);
    }
    for (const path of ["/docs", "/favicon.ico"]) {
      expect((await get(path, { ...browser, origin })).headers).not.toHaveProperty("access-control-allow-origin");
      expect(
        (
          await request(polymint.url)
            .options(path)
            .set({ ...browser, ...asked })
        ).status,
      ).toBe(405);
    }
  });

  it("is not there unless it is switched on", async () => {
    const off = await polymint.startAnother({ frontDoor: undefined });
    const pages = ["", "docs", "errors", "playground", "playground-code", "playground-callback", "playground-device", "sandbox"];
    for (const path of [...pages, "openapi/weavr.json", "favicon.ico", "docs-viewer.js"]) {
      const answer = await request(off.url).get(`/${path}`).set(browser);
      expect([path, answer.status, answer.type]).toEqual([path, 404, "application/json"]);
    }
  });
}
