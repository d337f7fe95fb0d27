import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import { findValue, parseSamples } from "./metrics/samples";
import { type Collector, startCollector } from "./tracing/collector";
import {
  installServer,
  freePort,
  type InstalledServer,
  findProcesses,
  type ServerProcess,
  until,
  databaseUrlOf,
} from "../harness/installed-server";

jest.setTimeout(90_000);

const token = "metrics-token-0123456789";

let newcomer: InstalledServer;
let database: TestDatabase;
let collector: Collector;
let server: ServerProcess;
let url: string;
let metricsUrl: string;
let settings: Record<string, string>;

beforeAll(async () => {
  newcomer = installServer();
  database = await makeTestDatabase(process.env.DATABASE_URL);
  collector = await startCollector();
  const [port, metricsPort] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${port}`;
  metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  const longTimeouts = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000" };
  settings = { DATABASE_URL: databaseUrlOf(database), PORT: String(port), WORKERS: "2", ...longTimeouts };
  const telemetry = { METRICS_PORT: String(metricsPort), METRICS_TOKEN: token, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  server = newcomer.serve({ ...settings, ...telemetry }, "--demo");
  await server.waitUntilListening();
});

afterAll(async () => {
  await newcomer.remove();
  await collector.close();
  await database.drop();
});

async function scrape(): Promise<string> {
  const answer = await fetch(metricsUrl, { headers: { Authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return answer.text();
}

async function countTokens(): Promise<number | undefined> {
  const labels = { contract: "abbeycross", grant: "client_credentials", outcome: "ok" };
  return findValue(parseSamples(await scrape()), "polymint_requests_total", labels);
}

function secretOf(contract: string): string {
  const { secrets } = JSON.parse(readFileSync(join(newcomer.data, "demo.json"), "utf8")) as { secrets: Record<string, string> };
  return secrets[`demo-${contract}`] ?? "";
}

/** Requests that many tokens, each on its own connection, so that every worker gets some. */
async function requestTokens(count: number, client_secret: string): Promise<number[]> {
  const body = JSON.stringify({ client_id: "demo-abbeycross", client_secret });
  const headers = { "Content-Type": "application/json", Connection: "close" };
  return Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await fetch(`${url}/v1/oauth/token`, { method: "POST", headers, body });
      await answer.text();
      return answer.status;
    }),
  );
}

const listWorkers = (): number[] => findProcesses(newcomer.folder).flatMap(({ pid, parent }) => (parent === server.pid ? [pid] : []));

describe("a server with two workers, metrics, traces and an audit of refusals", () => {
  it("counts the tokens of both workers, and does not count down when one is killed", async () => {
    expect(await requestTokens(40, secretOf("abbeycross"))).toEqual(Array.from({ length: 40 }, () => 200));
    expect(await countTokens()).toBe(40);
    const samples = parseSamples(await scrape());
    expect(findValue(samples, "polymint_database_connections", { state: "max" })).toBe(16);
    expect(findValue(samples, "polymint_signing_keys", { algorithm: "ES256", state: "active" })).toBe(1);

    await until(
      "partitions are ahead",
      async () => (findValue(parseSamples(await scrape()), "polymint_partitions_ahead") ?? 0) >= 8,
      20_000,
    );

    const [victim = 0, survivor] = listWorkers();
    expect(survivor).toBeDefined();
    process.kill(victim, "SIGKILL");
    await until("the worker is gone", () => !listWorkers().includes(victim));
    expect(await countTokens()).toBe(40);
    await until("there are two again", () => listWorkers().length === 2, 20_000);
    expect(await requestTokens(10, secretOf("abbeycross"))).toEqual(Array.from({ length: 10 }, () => 200));
    await until("they are counted", async () => (await countTokens()) === 50, 20_000);
  });

  it("records refusals in the audit and sends its last spans before it ends, all without secrets", async () => {
    await requestTokens(1, "hunter2-0123456789");
    const metrics = await scrape();
    server.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);

    const listed = await newcomer.run(["audit", "list", "--kind", "refusal", "--json"], settings);
    const { entries } = JSON.parse(listed.stdout) as { entries: Record<string, unknown>[] };
    expect(entries).toEqual([
      expect.objectContaining({ kind: "refusal", contract: "abbeycross", code: "invalid_client", network: "127.0.0.0/24", times: 1 }),
    ]);
    const spans = collector.spans().filter(({ name }) => name.startsWith("abbeycross "));
    expect(spans.length).toBeGreaterThanOrEqual(11);
    const secrets = [secretOf("abbeycross"), "hunter2", token];
    for (const text of [metrics, listed.stdout, collector.received()]) for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it("loads no module of telemetry that is switched off", () => {
    const entry = JSON.stringify(join(newcomer.folder, "dist", "src", "main.js"));
    const names = "/node_modules\\/(prom-client|@opentelemetry)\\//";
    const script = `require(${entry}); console.log(Object.keys(require.cache).filter((path) => ${names}.test(path)).length)`;
    expect(execFileSync(process.execPath, ["-e", script], { cwd: newcomer.folder, encoding: "utf8" })).toBe("0\n");
  });
});
