import request from "supertest";
import { makeProcessMetrics, type ProcessMetrics } from "../../../src/telemetry/metrics/process-metrics";
import { serveMetrics } from "../../../src/telemetry/metrics/serve-metrics";
import { type Database, openDatabase } from "../../../src/store/database";
import { toEpochDay, makePartitions, formatPartitionName } from "../../../src/store/ledger/partitions";
import { freePort, startPolymint, type TestPolymint } from "../../../src/testkit";
import { grants, traffic } from "../../harness/watched-traffic";
import { type Sample, samplesIn, valueOf } from "./samples";

const token = "metrics-token-0123456789";

let polymint: TestPolymint;
let metrics: ProcessMetrics;
let secrets: string[];
const stops: (() => Promise<void>)[] = [];
let url: string;

async function serve(database: Database, bearer: string | undefined = token): Promise<string> {
  const port = await freePort();
  stops.push(
    await serveMetrics({ host: "127.0.0.1", port, token: bearer }, { metrics, database, clock: polymint.clock, retentionSeconds: 0 }),
  );
  return `http://127.0.0.1:${port}`;
}

beforeAll(async () => {
  metrics = makeProcessMetrics();
  polymint = await startPolymint({
    watch: ({ database }) => {
      metrics.observePool(database);
      return metrics.observer;
    },
  });
  url = await serve(polymint.database);
  secrets = await traffic(polymint);
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await polymint.stop();
});

const scrape = async (from = url): Promise<string> =>
  (await request(from).get("/metrics").set("Authorization", `Bearer ${token}`).expect(200)).text;
const sampled = async (from = url): Promise<Sample[]> => samplesIn(await scrape(from));

describe("the metrics of requests", () => {
  it.each(Object.entries(grants))("count %s's tokens by their grant, %s", async (contract, grant) => {
    expect(valueOf(await sampled(), "polymint_requests_total", { contract, grant, outcome: "ok" })).toBe(1);
  });

  it("count refusals by their code, and logins by theirs", async () => {
    const samples = await sampled();
    const count = (labels: Record<string, string>) => valueOf(samples, "polymint_requests_total", labels);
    expect(count({ contract: "abbeycross", grant: "client_credentials", outcome: "invalid_client" })).toBe(2);
    expect(count({ contract: "raidiam", grant: "client_credentials", outcome: "invalid_client" })).toBe(1);
    expect(count({ contract: "screening-eagle", grant: "refresh_token", outcome: "unauthorized_client" })).toBe(1);
    expect(count({ contract: "weavr-login", grant: "password", outcome: "ok" })).toBe(2);
  });

  it("measure as many durations as there were requests, in seconds", async () => {
    const samples = await sampled();
    const labels = { contract: "abbeycross", grant: "client_credentials" };
    const [count, sum] = ["count", "sum"].map((what) => valueOf(samples, `polymint_request_duration_seconds_${what}`, labels));
    expect(count).toBe(3);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(60);
  });

  it("measure the ledger's batches: their rows are the tokens", async () => {
    const samples = await sampled();
    expect(valueOf(samples, "polymint_ledger_batch_rows_sum")).toBe(Object.keys(grants).length);
    const batches = valueOf(samples, "polymint_ledger_batch_rows_count");
    for (const what of ["wait", "write"]) expect(valueOf(samples, `polymint_ledger_${what}_seconds_count`)).toBe(batches);
    expect(valueOf(samples, "polymint_ledger_write_seconds_sum")).toBeGreaterThan(0);
  });

  it("have labels of closed sets, however many clients, paths and correlation ids callers make up", async () => {
    const names = async () => (await sampled()).filter(({ name }) => name.startsWith("polymint_")).map(({ series }) => series);
    const made = async (round: string) => {
      for (const n of [1, 2, 3]) {
        const body = { client_id: `client-${round}-${n}`, client_secret: `secret-${n}` };
        await request(polymint.url).post("/v1/oauth/token").set("x-correlation-id", `id-${round}-${n}`).send(body);
        await request(polymint.url).post(`/v1/oauth/token/${round}/${n}`).send(body);
        await request(polymint.url).patch(`/${round}/${n}`);
      }
      return names();
    };
    const before = await made("first");
    expect(await made("second")).toEqual(before);
    expect(before.join("\n")).not.toMatch(/(client|id|secret)-(first|second|\d)/);
  });

  it("hold nothing that was secret", async () => {
    const text = await scrape();
    expect(text).toContain("polymint_requests_total");
    expect(secrets.length).toBeGreaterThan(20);
    for (const secret of [...secrets, token]) expect(text).not.toContain(secret);
  });
});

describe("the metrics of the server", () => {
  it("show the pool", async () => {
    const samples = await sampled();
    const pool = (state: string) => valueOf(samples, "polymint_database_connections", { state }) ?? Number.NaN;
    expect(pool("max")).toBe(8);
    expect(pool("used") + pool("free")).toBeGreaterThanOrEqual(1);
    expect(pool("used") + pool("free")).toBeLessThanOrEqual(8);
    expect(pool("pending")).toBe(0);
  });

  it("show a connection in use, and who waits for one", async () => {
    const small = openDatabase({ ...(await connection()), poolMax: 1, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 });
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

  it("show how many days have their partition, without a gap", async () => {
    const before = valueOf(await sampled(), "polymint_partitions_ahead") ?? Number.NaN;
    await makePartitions(polymint.database).ensurePartitions(polymint.clock(), before + 2);
    expect(valueOf(await sampled(), "polymint_partitions_ahead")).toBe(before + 2);
    const gone = toEpochDay(polymint.clock() / 1000) + before + 1;
    await polymint.database.build((knex) => knex.schema.dropTable(formatPartitionName(gone)));
    expect(valueOf(await sampled(), "polymint_partitions_ahead")).toBe(before);
  });

  it("show how many partitions have expired and still stand", async () => {
    const name = "polymint_partitions_expired";
    expect(valueOf(await sampled(), name)).toBe(0);
    const yesterday = toEpochDay(polymint.clock() / 1000) - 1;
    await makePartitions(polymint.database).ensureDay(yesterday);
    expect(valueOf(await sampled(), name)).toBe(1);
    await polymint.database.build((knex) => knex.schema.dropTable(formatPartitionName(yesterday)));
    expect(valueOf(await sampled(), name)).toBe(0);
  });

  it("show the keys by algorithm and state", async () => {
    const samples = await sampled();
    const keys = (algorithm: string, state: string) => valueOf(samples, "polymint_signing_keys", { algorithm, state });
    expect([keys("ES256", "active"), keys("ES256", "next"), keys("ES256", "withdrawn")]).toEqual([1, 0, 0]);
  });

  it("show the process", async () => {
    const samples = await sampled();
    for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "nodejs_eventloop_lag_seconds"])
      expect(valueOf(samples, name)).toBeGreaterThanOrEqual(0);
  });

  it("leave out what they cannot know while the database is away, and say that it is", async () => {
    const nowhere = { host: "127.0.0.1", port: await freePort() };
    const away = openDatabase({ connection: nowhere, poolMax: 1, connectTimeoutMs: 2_000, statementTimeoutMs: 2_000 });
    const samples = await sampled(await serve(away));
    expect(valueOf(samples, "polymint_database_up")).toBe(0);
    expect(samples.filter(({ name }) => /partitions_ahead|partitions_expired|signing_keys/.test(name))).toEqual([]);
    expect(valueOf(samples, "polymint_requests_total", { contract: "weavr", grant: "auth_token", outcome: "ok" })).toBe(1);
    await away.close();
  });
});

describe("GET /metrics", () => {
  it("asks for the token, and says no more to a wrong one than to none", async () => {
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

  it("is open to everybody who reaches the port where there is no token", async () => {
    const port = await freePort();
    const ports = { metrics: makeProcessMetrics(), database: polymint.database, clock: polymint.clock, retentionSeconds: 0 };
    stops.push(await serveMetrics({ host: "127.0.0.1", port, token: undefined }, ports));
    const { headers, text } = await request(`http://127.0.0.1:${port}`).get("/metrics").expect(200);
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text).toContain("# TYPE polymint_database_up gauge");
  });

  it("is all there is on its port, and is not on the others", async () => {
    const authorization = `Bearer ${token}`;
    for (const path of ["/", "/metrics/", "/Metrics", "/health/live", "/v1/oauth/token"])
      await request(url).get(path).set("Authorization", authorization).expect(404);
    await request(url).post("/metrics").set("Authorization", authorization).expect(405).expect("Allow", "GET, HEAD");
    await request(url).head("/metrics").set("Authorization", authorization).expect(200);
    await request(polymint.url).get("/metrics").set("Authorization", authorization).expect(404);
  });

  it("is looked up once for those who ask together", async () => {
    const before = polymint.statements.length;
    await Promise.all(Array.from({ length: 8 }, () => scrape()));
    expect(polymint.statements.length - before).toBeLessThanOrEqual(8);
  });
});

/** The connection parameters of the test database. */
async function connection(): Promise<{ connection: Record<string, unknown> }> {
  let found: Record<string, unknown> = {};
  const other = await startPolymint({ connectThrough: (same) => (found = same) });
  stops.push(() => other.stop());
  return { connection: found };
}
