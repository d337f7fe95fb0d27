import request from "supertest";
import { makeProcessMetrics, type ProcessMetrics } from "../../../src/telemetry/metrics/process-metrics";
import { serveMetrics } from "../../../src/telemetry/metrics/serve-metrics";
import { type Database, openDatabase } from "../../../src/store/database";
import { toEpochDay, makePartitions, formatPartitionName } from "../../../src/store/ledger/partitions";
import { findFreePort, startPolymint, type TestPolymint } from "../../../src/testkit";
import { grantOfContract, sendTraffic } from "../../harness/watched-traffic";
import { type Sample, findValue, parseSamples } from "./samples";

const token = "metrics-token-0123456789";

let polymint: TestPolymint;
let metrics: ProcessMetrics;
let secrets: string[];
const stops: (() => Promise<void>)[] = [];
let url: string;

async function serveOn(database: Database, bearer: string | undefined = token): Promise<string> {
  const port = await findFreePort();
  stops.push(
    await serveMetrics({ host: "127.0.0.1", port, token: bearer }, { metrics, database, clock: polymint.clock, retentionSeconds: 0 }),
  );
  return `http://127.0.0.1:${port}`;
}

beforeAll(async () => {
  metrics = makeProcessMetrics();
  polymint = await startPolymint({
    makeObserver: ({ database }) => {
      metrics.observePool(database);
      return metrics.observer;
    },
  });
  url = await serveOn(polymint.database);
  secrets = await sendTraffic(polymint);
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await polymint.stop();
});

const scrape = async (from = url): Promise<string> =>
  (await request(from).get("/metrics").set("Authorization", `Bearer ${token}`).expect(200)).text;
const readSamples = async (from = url): Promise<Sample[]> => parseSamples(await scrape(from));

describe("the metrics of requests", () => {
  it.each(Object.entries(grantOfContract))("count the tokens of %s by their grant %s", async (contract, grant) => {
    expect(findValue(await readSamples(), "polymint_requests_total", { contract, grant, outcome: "ok" })).toBe(1);
  });

  it("count refusals and logins by their outcome", async () => {
    const samples = await readSamples();
    const count = (labels: Record<string, string>) => findValue(samples, "polymint_requests_total", labels);
    expect(count({ contract: "abbeycross", grant: "client_credentials", outcome: "invalid_client" })).toBe(2);
    expect(count({ contract: "raidiam", grant: "client_credentials", outcome: "invalid_client" })).toBe(1);
    expect(count({ contract: "screening-eagle", grant: "refresh_token", outcome: "unauthorized_client" })).toBe(1);
    expect(count({ contract: "weavr-login", grant: "password", outcome: "ok" })).toBe(2);
  });

  it("measure the duration of every request, in seconds", async () => {
    const samples = await readSamples();
    const labels = { contract: "abbeycross", grant: "client_credentials" };
    const [count, sum] = ["count", "sum"].map((what) => findValue(samples, `polymint_request_duration_seconds_${what}`, labels));
    expect(count).toBe(3);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(60);
  });

  it("measure the batches of the ledger, whose rows are the tokens", async () => {
    const samples = await readSamples();
    expect(findValue(samples, "polymint_ledger_batch_rows_sum")).toBe(Object.keys(grantOfContract).length);
    const batches = findValue(samples, "polymint_ledger_batch_rows_count");
    for (const what of ["wait", "write"]) expect(findValue(samples, `polymint_ledger_${what}_seconds_count`)).toBe(batches);
    expect(findValue(samples, "polymint_ledger_write_seconds_sum")).toBeGreaterThan(0);
  });

  it("have labels with closed sets of values, however many clients, paths and correlation ids callers invent", async () => {
    const names = async () => (await readSamples()).filter(({ name }) => name.startsWith("polymint_")).map(({ series }) => series);
    const sendRound = async (round: string) => {
      for (const n of [1, 2, 3]) {
        const body = { client_id: `client-${round}-${n}`, client_secret: `secret-${n}` };
        await request(polymint.url).post("/v1/oauth/token").set("x-correlation-id", `id-${round}-${n}`).send(body);
        await request(polymint.url).post(`/v1/oauth/token/${round}/${n}`).send(body);
        await request(polymint.url).patch(`/${round}/${n}`);
      }
      return names();
    };
    const before = await sendRound("first");
    expect(await sendRound("second")).toEqual(before);
    expect(before.join("\n")).not.toMatch(/(client|id|secret)-(first|second|\d)/);
  });

  it("contain no secret", async () => {
    const text = await scrape();
    expect(text).toContain("polymint_requests_total");
    expect(secrets.length).toBeGreaterThan(20);
    for (const secret of [...secrets, token]) expect(text).not.toContain(secret);
  });
});

describe("the metrics of the server", () => {
  it("show the states of the connection pool", async () => {
    const samples = await readSamples();
    const pool = (state: string) => findValue(samples, "polymint_database_connections", { state }) ?? Number.NaN;
    expect(pool("max")).toBe(8);
    expect(pool("used") + pool("free")).toBeGreaterThanOrEqual(1);
    expect(pool("used") + pool("free")).toBeLessThanOrEqual(8);
    expect(pool("pending")).toBe(0);
  });

  it("show a connection in use and a request that waits for one", async () => {
    const small = openDatabase({ ...(await makeConnectionParameters()), poolMax: 1, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 });
    const apart = makeProcessMetrics();
    apart.observePool(small);
    const pool = async (state: string) => {
      const [gauge] = (await apart.registry.getMetricsAsJSON()).filter(({ name }) => name === "polymint_database_connections");
      return gauge?.values.find(({ labels }) => labels.state === state)?.value;
    };
    let waiting: Promise<void> | undefined;
    await small.transaction(async (transaction) => {
      await transaction.raw("SELECT 1");
      waiting = small.ping();
      expect([await pool("used"), await pool("pending"), await pool("free"), await pool("max")]).toEqual([1, 1, 0, 1]);
    });
    await waiting;
    expect([await pool("used"), await pool("pending"), await pool("free")]).toEqual([0, 0, 1]);
    await small.close();
  });

  it("show how many days ahead have a partition, without a gap", async () => {
    const before = findValue(await readSamples(), "polymint_partitions_ahead") ?? Number.NaN;
    await makePartitions(polymint.database).ensurePartitions(polymint.clock(), before + 2);
    expect(findValue(await readSamples(), "polymint_partitions_ahead")).toBe(before + 2);
    const gone = toEpochDay(polymint.clock() / 1000) + before + 1;
    await polymint.database.build((knex) => knex.schema.dropTable(formatPartitionName(gone)));
    expect(findValue(await readSamples(), "polymint_partitions_ahead")).toBe(before);
  });

  it("show how many partitions have expired and are not dropped yet", async () => {
    const name = "polymint_partitions_expired";
    expect(findValue(await readSamples(), name)).toBe(0);
    const yesterday = toEpochDay(polymint.clock() / 1000) - 1;
    await makePartitions(polymint.database).ensureDay(yesterday);
    expect(findValue(await readSamples(), name)).toBe(1);
    await polymint.database.build((knex) => knex.schema.dropTable(formatPartitionName(yesterday)));
    expect(findValue(await readSamples(), name)).toBe(0);
  });

  it("show the signing keys by algorithm and state", async () => {
    const samples = await readSamples();
    const keys = (algorithm: string, state: string) => findValue(samples, "polymint_signing_keys", { algorithm, state });
    expect([keys("ES256", "active"), keys("ES256", "next"), keys("ES256", "withdrawn")]).toEqual([1, 0, 0]);
  });

  it("show the CPU time, memory and event loop of the process", async () => {
    const samples = await readSamples();
    for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "nodejs_eventloop_lag_seconds"])
      expect(findValue(samples, name)).toBeGreaterThanOrEqual(0);
  });

  it("show that the database is unreachable, and leave out what only it knows", async () => {
    const nowhere = { host: "127.0.0.1", port: await findFreePort() };
    const away = openDatabase({ connection: nowhere, poolMax: 1, connectTimeoutMs: 2_000, statementTimeoutMs: 2_000 });
    const samples = await readSamples(await serveOn(away));
    expect(findValue(samples, "polymint_database_up")).toBe(0);
    expect(samples.filter(({ name }) => /partitions_ahead|partitions_expired|signing_keys/.test(name))).toEqual([]);
    expect(findValue(samples, "polymint_requests_total", { contract: "weavr", grant: "auth_token", outcome: "ok" })).toBe(1);
    await away.close();
  });
});

describe("GET /metrics", () => {
  it("requires the token, and answers a wrong one like a missing one", async () => {
    const attempts = [
      undefined,
      "Bearer wrong-token-0123456789",
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      "Bearer",
    ];
    for (const authorization of attempts) {
      const asked = request(url).get("/metrics");
      const { status, headers, text } = await (authorization === undefined ? asked : asked.set("Authorization", authorization));
      expect([authorization, status, headers["www-authenticate"], text]).toEqual([authorization, 401, 'Bearer realm="metrics"', ""]);
    }
  });

  it("is open to every client if no token is configured", async () => {
    const port = await findFreePort();
    const ports = { metrics: makeProcessMetrics(), database: polymint.database, clock: polymint.clock, retentionSeconds: 0 };
    stops.push(await serveMetrics({ host: "127.0.0.1", port, token: undefined }, ports));
    const { headers, text } = await request(`http://127.0.0.1:${port}`).get("/metrics").expect(200);
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text).toContain("# TYPE polymint_database_up gauge");
  });

  it("is the only path on its port, and does not exist on the others", async () => {
    const authorization = `Bearer ${token}`;
    for (const path of ["/", "/metrics/", "/Metrics", "/health/live", "/v1/oauth/token"])
      await request(url).get(path).set("Authorization", authorization).expect(404);
    await request(url).post("/metrics").set("Authorization", authorization).expect(405).expect("Allow", "GET, HEAD");
    await request(url).head("/metrics").set("Authorization", authorization).expect(200);
    await request(polymint.url).get("/metrics").set("Authorization", authorization).expect(404);
  });

  it("reads the metrics once for requests at the same time", async () => {
    const before = polymint.statements.length;
    await Promise.all(Array.from({ length: 8 }, () => scrape()));
    expect(polymint.statements.length - before).toBeLessThanOrEqual(8);
  });
});

/** Returns the connection parameters of a test database. */
async function makeConnectionParameters(): Promise<{ connection: Record<string, unknown> }> {
  let found: Record<string, unknown> = {};
  const other = await startPolymint({ connectThrough: (same) => (found = same) });
  stops.push(() => other.stop());
  return { connection: found };
}
