import { setTimeout as sleep } from "node:timers/promises";
import { openSharedCounts, type SharedCounts } from "../../src/limits/redis-counts";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeSmallRedis, type SmallRedis } from "../harness/small-redis";
import { ask, clientOf, statusesOf, times, trustedProxies } from "./asking";

const limit = { count: 10, windowSeconds: 60 };
let redis: SmallRedis;
let shared: SharedCounts;
let polymint: TestPolymint;
let second: { url: string };

beforeAll(async () => {
  redis = await makeSmallRedis();
  shared = await open();
  polymint = await startPolymint({ limits: { failures: limit, perClient: limit }, counts: shared.counts, trustedProxies });
  second = await polymint.another();
});
afterAll(async () => {
  await polymint.stop();
  shared.close();
  await redis.stop();
});

async function open(): Promise<SharedCounts> {
  const opened = await openSharedCounts(redis.url, 10_000);
  if (opened === undefined) throw new Error("there is a URL");
  await until(() => opened.counts.blockedFor("anybody", { failures: 1, windowSeconds: 1 }, 0));
  return opened;
}

/** Connections are made in the background. */
async function until(works: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const worked = await works().then(
      () => true,
      () => false,
    );
    if (worked) return;
    await sleep(25);
  }
  throw new Error("Redis does not answer");
}

const urlOf = (index: number) => (index % 2 === 0 ? polymint.url : second.url);
const counting = () => polymint.statements.filter((sql) => sql.includes("attempts"));

describe("limits counted in Redis", () => {
  it("are shared by whoever shares it, and leave the database alone", async () => {
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const seen: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      seen.push(...(await statusesOf([ask("abbeycross", { url: urlOf(tries), source: "192.0.2.1" }, clientId, "wrong")])));
    }
    expect(seen).toEqual([...times(10, 409), 429, 429]);
    const { status, headers } = await ask("abbeycross", { url: polymint.url, source: "192.0.2.1" }, clientId, secret);
    expect(status).toBe(429);
    expect(Number(headers["retry-after"])).toBeGreaterThan(30);
    expect(counting()).toEqual([]);
    expect(redis.keys().length).toBeGreaterThan(0);
  });

  it("count rates exactly, however many come at once", async () => {
    const { clientId, secret } = clientOf(polymint, "firstvision");
    const answers = Array.from({ length: 30 }, (_, index) => {
      return ask("firstvision", { url: urlOf(index), source: "192.0.2.2" }, clientId, secret);
    });
    expect((await statusesOf(answers)).sort()).toEqual([...times(10, 200), ...times(20, 429)]);
  });

  it("go on in the database while Redis is away, and in Redis when it is back", async () => {
    await redis.stop();
    const { clientId, secret } = clientOf(polymint, "screening-eagle");
    const from = { url: polymint.url, source: "192.0.2.3" };
    const wrong = Array.from({ length: 12 }, () => ask("screening-eagle", from, clientId, "wrong"));
    expect((await statusesOf(wrong)).sort()).toEqual([...times(10, 401), ...times(2, 429)]);
    expect((await ask("screening-eagle", { ...from, source: "192.0.4.3" }, clientId, secret)).status).toBe(200);
    expect(counting().length).toBeGreaterThan(0);
    expect(polymint.logs).toContainEqual(expect.objectContaining({ msg: expect.stringContaining("Redis does not count") as string }));

    await redis.start();
    await until(async () => {
      await ask("screening-eagle", { ...from, source: "192.0.5.3" }, clientId, "wrong");
      if (!polymint.logs.some(({ msg }) => String(msg).includes("in Redis again"))) throw new Error("not yet");
    });
    const before = counting().length;
    expect((await ask("screening-eagle", { ...from, source: "192.0.6.3" }, clientId, "wrong")).status).toBe(401);
    expect(counting()).toHaveLength(before);
  });
});

describe("a server without REDIS_URL", () => {
  it("has no shared counts", async () => {
    expect(await openSharedCounts(undefined)).toBeUndefined();
  });
});
