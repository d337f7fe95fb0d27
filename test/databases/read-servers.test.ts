import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { freePort, installServer, type InstalledServer, until } from "../harness/installed-server";
import { type ClusterServer, type Standby, startPrimary, startStandby } from "./harness/cluster";

jest.setTimeout(60_000);

const maxLagSeconds = 2;
/** Milliseconds after which no answer may be older: the limit, a measurement's own age, and what a busy machine takes. */
const boundMs = maxLagSeconds * 1000 + 1_000 + 300;
/** Revocations to measure. `ROUNDS=500` makes figures that mean something, and prints them. */
const rounds = Number(process.env.ROUNDS ?? 10);

let primary: ClusterServer;
let standby: Standby;
/** The second standby. */
let other: Standby;
let installed: InstalledServer;
let settings: Record<string, string>;
/** The server that writes, by its address. */
let issuer: string;
let reader: string;
let metricsUrl: string;
/** A reader that any lag satisfies. */
let careless: string;
let secrets: Record<string, string>;

beforeAll(async () => {
  primary = await startPrimary();
  await primary.run("CREATE DATABASE without_schema");
  installed = installServer();
  issuer = `http://127.0.0.1:${await freePort()}`;
  const [pepper, masterKey] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
  settings = { POLYMINT_PEPPER: pepper, POLYMINT_MASTER_KEY: masterKey, WORKERS: "1", ISSUER: issuer };
  const writer = installed.serve({ ...settings, DATABASE_URL: primary.url, PORT: new URL(issuer).port, DOCS: "off" }, "--demo");
  [standby, other] = await Promise.all([startStandby(primary), startStandby(primary), writer.waitUntilListening()]);
  ({ secrets } = JSON.parse(readFileSync(join(installed.data, "demo.json"), "utf8")) as { secrets: Record<string, string> });
  // Whatever a reader wrote would be refused, and answered with 500.
  await primary.run(
    "CREATE ROLE reads_nothing LOGIN",
    "CREATE ROLE only_reads LOGIN",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads",
  );
  const metricsPort = String(await freePort());
  metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  [reader, careless] = await Promise.all([startReader(maxLagSeconds, { METRICS_PORT: metricsPort }), startReader(86_400)]);
});

afterAll(async () => {
  await installed.remove();
  await Promise.all([standby.remove(), other.remove(), primary.remove()]);
});

async function startReader(lag: number, more: Record<string, string> = {}): Promise<string> {
  const port = String(await freePort());
  const own = { SERVE: "read", SERVE_MAX_LAG_SECONDS: String(lag), FAILURE_LIMIT_SOURCE: "3/60", FAILURE_LIMIT_ADDRESS: "off" };
  // As it would be written down once for all servers: a standby is taken of the hosts that answer.
  const hosts = [await freePort(), standby.port, other.port].map((each) => `127.0.0.1:${each}`).join(",");
  const url = `postgres://only_reads@${hosts}/postgres`;
  await installed.serve({ ...settings, ...own, ...more, DATABASE_URL: url, PORT: port }).waitUntilListening();
  return `http://127.0.0.1:${port}`;
}

const asBasic = (id: string, secret = secrets[id] ?? "") => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

async function send(url: string, init: RequestInit = {}): Promise<{ status: number; headers: Headers; body: string }> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
}

async function getToken(): Promise<string> {
  const init = { method: "POST", headers: { authorization: asBasic("demo-firstvision") } };
  const { body } = await send(`${issuer}/v1/api/oauth/token?scope=edit`, init);
  return (JSON.parse(body) as { access_token: string }).access_token;
}

async function revoke(token: string): Promise<void> {
  const init = { method: "POST", headers: { authorization: asBasic("demo-firstvision") }, body: new URLSearchParams({ token }) };
  expect((await send(`${issuer}/oauth2/revoke`, init)).status).toBe(200);
}

const introspect = (server: string, token: string, authorization = asBasic("demo-screening-eagle-app")) =>
  send(`${server}/oauth2/introspect`, { method: "POST", headers: { authorization }, body: new URLSearchParams({ token }) });

/** What a reader says of a token. */
async function judge(server: string, token: string): Promise<"active" | "inactive" | "unavailable"> {
  const { status, body } = await introspect(server, token);
  if (status === 503) return "unavailable";
  expect(status).toBe(200);
  return (JSON.parse(body) as { active: boolean }).active ? "active" : "inactive";
}

async function readLag(): Promise<number> {
  return Number(/^polymint_standby_lag_seconds (.*)$/m.exec((await send(metricsUrl)).body)?.[1]);
}

/** @returns the process of the primary that sends to a standby */
async function findSender({ name }: Standby): Promise<number> {
  const [row] = await primary.run(`SELECT pid FROM pg_stat_replication WHERE application_name = '${name}'`);
  return Number(row?.pid);
}

const isReady = async (server: string): Promise<boolean> => (await send(`${server}/health/ready`)).status === 200;

describe("a server with SERVE=read on a standby", () => {
  it("answers introspection, keys, metadata, userinfo and probes as the server on the primary does", async () => {
    const { person } = JSON.parse(readFileSync(join(installed.data, "demo.json"), "utf8")) as { person: { email: string } };
    const code = { "client-id": "demo-screening-eagle-app", person: person.email, "redirect-uri": `${issuer}/playground-callback` };
    const options = { ...code, scope: "openid email", "code-verifier": "v".repeat(43) };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const { stdout } = await installed.run(["authorization-code", "create", "--demo", ...words]);
    const form = { grant_type: "authorization_code", code: stdout.trim(), ...{ redirect_uri: code["redirect-uri"] } };
    const body = new URLSearchParams({ ...form, code_verifier: options["code-verifier"] });
    const headers = { authorization: asBasic("demo-screening-eagle-app") };
    const granted = await send(`${issuer}/api/id/v1/auth/token`, { method: "POST", headers, body });
    const bearer = `Bearer ${(JSON.parse(granted.body) as { access_token: string }).access_token}`;

    for (const path of [
      "/userinfo",
      "/.well-known/jwks.json",
      "/.well-known/oauth-authorization-server",
      "/health/ready",
      "/health/live",
    ]) {
      const [ofReader, ofWriter] = await Promise.all(
        [reader, issuer].map((server) => send(server + path, { headers: { authorization: bearer } })),
      );
      expect([path, ofReader?.status, ofReader?.body]).toEqual([path, 200, ofWriter?.body]);
    }
    const token = await getToken();
    expect((await introspect(reader, token)).body).toBe((await introspect(issuer, token)).body);
  });

  it("knows each token that was issued a moment ago", async () => {
    for (let round = 0; round < 20; round += 1) expect(await judge(reader, await getToken())).toBe("active");
  });

  it.each([
    ["/v1/oauth/token", 503, "5", '"code":"SERVICE_UNAVAILABLE"'],
    ["/v1/api/oauth/token", 503, "5", '"errorCode":"250301"'],
    ["/token", 502, null, ""],
    ["/api/id/v1/auth/token", 500, null, '"errorDescription":"The service cannot answer at the moment. Try again shortly."'],
    ["/access_token", 503, "5", ""],
    ["/login_with_password", 503, "5", ""],
    ["/stepup/challenges/otp", 503, "5", ""],
    ["/stepup/challenges/otp/verify", 503, "5", ""],
    ["/device_authorization", 502, null, ""],
    ["/oauth2/revoke", 503, "5", '"error":"temporarily_unavailable"'],
    ["/login", 503, "5", "We cannot answer right now"],
    ["/authorize", 503, "5", "We cannot answer right now"],
    ["/device", 503, "5", "We cannot answer right now"],
  ])("answers %s, which writes, with %i in the shape of its contract", async (path, status, retryAfter, part) => {
    const answer = await send(reader + path, { method: "POST" });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(answer.body).toContain(part);
  });

  it("still tells an unknown path and a wrong method from what it cannot do", async () => {
    expect((await send(`${reader}/tokens`, { method: "POST" })).status).toBe(404);
    expect((await send(`${reader}/token`)).status).toBe(405);
  });

  it("answers private_key_jwt with unavailable, since it can spend no assertion", async () => {
    const proof = { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", client_assertion: "a.b.c" };
    const body = new URLSearchParams({ token: "any", ...proof });
    const { status, headers } = await send(`${reader}/oauth2/introspect`, { method: "POST", body });
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
  });

  it("counts failures in its memory, and lets right proofs pass", async () => {
    const wrong = asBasic("demo-screening-eagle-app", "wrong");
    const statuses: number[] = [];
    for (let failure = 0; failure < 4; failure += 1) statuses.push((await introspect(reader, "any", wrong)).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect(await judge(reader, "any")).toBe("inactive");
  });

  it("shows a revocation long before the bound", async () => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const token = await getToken();
      expect(await judge(reader, token)).toBe("active");
      await revoke(token);
      const since = performance.now();
      while ((await judge(reader, token)) === "active");
      times.push(performance.now() - since);
    }
    const sorted = times.sort((a, b) => a - b).map((ms) => Math.round(ms * 10) / 10);
    const [p50, p99, max = Infinity] = [0.5, 0.99, 1].map((part) => sorted[Math.ceil(part * sorted.length) - 1]);
    if (process.env.ROUNDS !== undefined) process.stdout.write(`revocation seen after: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms\n`);
    expect(max).toBeLessThan(boundMs);
  });

  it("answers unavailable while a table is locked on the primary, and nothing else", async () => {
    const token = await getToken();
    expect(await judge(reader, token)).toBe("active");
    const session = new Client({ connectionString: primary.url });
    await session.connect();
    try {
      await session.query("BEGIN; LOCK TABLE issued_tokens IN ACCESS EXCLUSIVE MODE");
      const said: string[] = [];
      await until("the lock has reached the standby", async () => said.push(await judge(reader, token)) > 0 && said.at(-1) !== "active");
      expect(said.at(-1)).toBe("unavailable");
    } finally {
      await session.end();
    }
    await until("the lock is gone", async () => (await judge(reader, token)) === "active");
  });

  it("leaves a standby that is behind for one that is not, else answers unavailable; one without a bound does neither (control)", async () => {
    const token = await getToken();
    /** Over several connections at once. */
    const judgeAll = (server: string) => Promise.all(Array.from({ length: 4 }, () => judge(server, token)));
    for (const server of [reader, careless]) expect(new Set(await judgeAll(server))).toEqual(new Set(["active"]));
    await standby.run("SELECT pg_wal_replay_pause()");
    await revoke(token);
    const revokedAt = performance.now();
    const said = new Set<string>();
    await until("the reader reads from the other standby only", async () => {
      const answers = await judgeAll(reader);
      answers.forEach((answer) => said.add(answer));
      return !answers.includes("active");
    });
    expect(performance.now() - revokedAt).toBeLessThan(boundMs);
    expect([...said].sort()).toEqual(["active", "inactive"]);
    expect([await isReady(reader), (await readLag()) <= maxLagSeconds]).toEqual([true, true]);

    const sender = await findSender(other);
    // The standby has replayed all that it received, and does not notice for a minute.
    process.kill(sender, "SIGSTOP");
    try {
      const since = performance.now();
      // It was issued, so it is not inactive.
      expect(await judge(reader, await getToken())).toBe("unavailable");
      await until("the reader says no more", async () => (await judge(reader, token)) === "unavailable");
      expect(performance.now() - since).toBeLessThan(boundMs);
      expect([await isReady(reader), (await readLag()) > maxLagSeconds]).toEqual([false, true]);
      expect(await judge(careless, token)).toBe("active");
    } finally {
      process.kill(sender, "SIGCONT");
      await standby.run("SELECT pg_wal_replay_resume()");
    }
    await until("the reader has caught up", async () => (await judge(reader, token)) === "inactive");
    expect(await isReady(reader)).toBe(true);
  });

  it.each([
    ["on an older schema", /postgres$/, "without_schema", 1, /The database is older than this release: .* `polymint migrate`/],
    ["if its role may read nothing", "polymint@", "reads_nothing@", 2, /permission denied for table knex_migrations.* rights of its user/],
  ] as const)("does not start %s, and says so", async (_case, part, other, exit, sentence) => {
    const url = standby.url.replace(part, other);
    const { code, stderr } = await installed.serve({ ...settings, SERVE: "read", DATABASE_URL: url }).ended;
    expect([code, stderr]).toEqual([exit, expect.stringMatching(sentence)]);
  });

  it("goes on reading when the primary is lost and its standby takes over", async () => {
    const token = await getToken();
    expect(await judge(reader, token)).toBe("active");
    primary.freeze();
    await other.promote();
    expect(await judge(reader, token)).toBe("active");
    await sleep(1_000);
    expect([await judge(reader, token), await isReady(reader)]).toEqual(["active", true]);
  });
});
