import { readFileSync } from "node:fs";
import { join } from "node:path";
import { wiring } from "../../generated/wiring";
import { findToken } from "../../src/contract-suite/find-token";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import {
  installServer,
  readBannerCurls,
  freePort,
  type InstalledServer,
  runInShell,
  type ServerProcess,
  databaseUrlOf,
} from "../harness/installed-server";

jest.setTimeout(60_000);

let newcomer: InstalledServer;
let database: TestDatabase;
let server: ServerProcess;
let url: string;
/** The log must contain none of these. */
const secrets: string[] = [];

interface LogLine {
  msg: string;
  correlationId?: string;
  contract?: string;
  client?: string;
  grant?: string;
  jti?: string;
  outcome?: string;
  status?: number;
  durationMs?: number;
}

beforeAll(async () => {
  newcomer = installServer();
  database = await makeTestDatabase(process.env.DATABASE_URL);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000" };
  server = newcomer.serve(
    { DATABASE_URL: databaseUrlOf(database), PORT: String(port), WORKERS: "1", LOG_LEVEL: "debug", ...patience },
    "--demo",
  );
  await server.waitUntilListening();
});

afterAll(async () => {
  await newcomer.remove();
  await database.drop();
});

describe("the health endpoints", () => {
  it.each(["/health/live", "/health/ready"])("%s answers GET and HEAD alike, and forbids caching", async (path) => {
    const [get, head] = await Promise.all([fetch(url + path), fetch(url + path, { method: "HEAD" })]);
    expect(await get.json()).toEqual({ status: path.slice("/health/".length) });
    expect(await head.text()).toBe("");
    for (const { status, headers } of [get, head]) {
      expect(status).toBe(200);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("content-type")).toMatch(/^application\/json/);
    }
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    const post = await fetch(url + path, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, expect.stringContaining("GET")]);
  });

  it("do not answer at similar paths", async () => {
    for (const path of ["/health", "/health/", "/health/live/", "/Health/live"]) expect((await fetch(url + path)).status).toBe(404);
  });
});

describe("the log", () => {
  let lines: LogLine[];

  beforeAll(async () => {
    const curls = readBannerCurls(server.stdout());
    const demo = JSON.parse(readFileSync(join(newcomer.data, "demo.json"), "utf8")) as DemoFile;
    const kept = JSON.parse(readFileSync(join(newcomer.data, "secrets.json"), "utf8")) as Record<string, string>;
    const keyLines = readFileSync(join(newcomer.data, "demo-raidiam.key.pem"), "utf8").trim().split("\n").slice(1, -1);
    secrets.push(...Object.values(demo.secrets), demo.user.password, ...Object.values(kept), ...keyLines);

    const answers = await Promise.all(Object.values(curls).map(runInShell));
    secrets.push(...answers.map((text) => findToken({ text })));
    await sendMisplacedSecrets(demo);
    server.kill("SIGTERM");
    const { code, stderr } = await server.ended;
    expect(code).toBe(0);
    lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as LogLine);
  });

  it("has one line of JSON per token request, with the outcome and the client", () => {
    const granted = lines.filter(({ outcome, jti }) => outcome === "ok" && jti !== undefined);
    expect(granted.map(({ contract }) => contract).sort()).toEqual(wiring.map(({ name }) => name).sort());
    for (const line of granted) {
      expect(line).toMatchObject({
        msg: "A request was answered.",
        client: `demo-${line.contract ?? ""}`,
        grant: expect.any(String) as string,
        status: expect.any(Number) as number,
        correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        durationMs: expect.any(Number) as number,
      });
    }
    expect(new Set(lines.flatMap(({ correlationId }) => correlationId ?? [])).size).toBe(
      lines.filter(({ msg }) => msg === "A request was answered.").length,
    );
  });

  it("has a line for every refusal, with its reason", () => {
    const refused = lines.filter(({ msg, outcome }) => msg === "A request was answered." && outcome !== "ok");
    for (const line of refused) {
      expect(line).toMatchObject({
        contract: expect.any(String) as string,
        correlationId: expect.any(String) as string,
        durationMs: expect.any(Number) as number,
      });
    }
    const reasons = new Set(refused.map(({ outcome }) => outcome));
    expect([...reasons]).toEqual(
      expect.arrayContaining(["invalid_client", "invalid_request", "malformed_request", "not_found", "unsupported_media_type"]),
    );
    expect(reasons.has("server_error")).toBe(false);
  });

  it("never contains a secret, an API key, a password, a token, an assertion or a key, in whatever part of a request they were sent", () => {
    const text = server.stderr();
    expect(secrets.length).toBeGreaterThan(12);
    expect(secrets.filter((secret) => secret.length < 12)).toEqual([]);
    const found = secrets.filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));
    expect(found).toEqual([]);
    for (const secret of secrets) expect(text).not.toContain(secret.slice(-16));
  });
});

interface DemoFile {
  secrets: Record<string, string>;
  user: { email: string; password: string };
}

/** Sends real credentials in every part of a request where they do not belong. */
async function sendMisplacedSecrets({ secrets: known, user }: DemoFile): Promise<void> {
  const secret = known["demo-abbeycross"] ?? "";
  const apiKey = known["demo-weavr"] ?? "";
  const login = { email: user.email, password: { value: user.password } };
  const json = { "Content-Type": "application/json" };
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const basic = { Authorization: `Basic ${Buffer.from(`demo-firstvision:${known["demo-firstvision"] ?? ""}`).toString("base64")}` };
  secrets.push(basic.Authorization.slice("Basic ".length));
  const post = (path: string, headers: Record<string, string>, body?: string): Promise<Response> =>
    fetch(url + path, { method: "POST", headers, ...(body === undefined ? {} : { body }) });

  const loggedIn = await post("/login_with_password", { ...json, "api-key": apiKey }, JSON.stringify(login));
  const { token } = (await loggedIn.json()) as { token: string };
  secrets.push(token);
  const abbeycross = "/v1/oauth/token";
  await Promise.all([
    post(abbeycross, json, JSON.stringify({ client_id: secret, client_secret: "wrong" })),
    post(abbeycross, json, JSON.stringify({ client_id: "demo-abbeycross", client_secret: [secret] })),
    post(abbeycross, json, JSON.stringify({ client_id: "demo-abbeycross", client_secret: `${secret}${"x".repeat(300)}` })),
    post(abbeycross, json, JSON.stringify({ [secret]: secret })),
    post(abbeycross, json, `{"client_secret":"${secret}`),
    post(abbeycross, { "Content-Type": `text/${secret}` }, secret),
    post(`${abbeycross}?client_secret=${secret}`, { ...json, "X-Secret": secret }, "{}"),
    post(`/${secret}`, json, "{}"),
    post("/login_with_password", { ...json, "api-key": `${apiKey}x` }, JSON.stringify(login)),
    post("/login_with_password", { ...json, "api-key": apiKey }, JSON.stringify({ ...login, email: user.password })),
    post(
      "/access_token",
      { ...json, "api-key": token, Authorization: `Bearer ${apiKey}` },
      JSON.stringify({ identity: { type: user.password, id: token } }),
    ),
    post(
      "/access_token",
      { ...json, "api-key": apiKey, Authorization: `Bearer ${token}x` },
      JSON.stringify({ identity: { type: "CORPORATE", id: "1" } }),
    ),
    post("/token", form, secret),
    post("/token", form, `grant_type=${secret}&scope=${secret}&client_assertion=${secret}`),
    post(
      "/token",
      form,
      `grant_type=client_credentials&scope=directory:software&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=${token}`,
    ),
    post(`/v1/api/oauth/token?scope=${secret}`, basic),
    post(`/v1/api/oauth/token?scope=edit`, { ...basic, correlationId: `${secret} ` }, undefined),
    post(`/v1/api/oauth/token?scope=edit&grant_type=${secret}`, basic),
    post("/v1/api/oauth/token?scope=edit", { Authorization: `Basic ${secret}` }),
    post("/api/id/v1/auth/token", { ...form, ...basic }, `grant_type=client_credentials&scope=${secret}`),
    post("/api/id/v1/auth/token", { ...form, ...basic }, `grant_type=${secret}&${secret}=1&client_secret=${secret}`),
    post("/api/id/v1/auth/token", { ...form, ...basic }, `grant_type=client_credentials&${secret}=1&${secret}=2`),
    post("/api/id/v1/auth/token", { ...form, ...basic }, `grant_type=client_credentials&${secret}=%00`),
    post(abbeycross, json, `{"${secret}":1,"${secret}":2}`),
    post("/oauth2/introspect", { ...form, ...basic }, `token=${token}`),
    post("/oauth2/revoke", { ...form, Authorization: `Basic ${secret}` }, `token=${token}&token_type_hint=${secret}`),
  ]);
}
