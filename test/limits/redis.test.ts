import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Counts } from "../../src/engine/ports/counts";
import { makeFallbackCounts } from "../../src/limits/fallback-counts";
import { openRedisCounts, type RedisCounts } from "../../src/limits/redis-counts";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeFaultyWire } from "../../src/contract-suite/faulty-wire";
import { makeRealRedis, redisServerPath } from "../harness/real-redis";
import { makeSmallRedis, type TestRedis } from "../harness/small-redis";
import { ask, clientOf, statusesOf, times, trustedProxies } from "./token-requests";

const limit = { count: 10, windowSeconds: 60 };
const counted = { failures: 10, windowSeconds: 60 };
/** Long enough for a busy machine. */
const patientMs = 10_000;

/** Opens the counts and waits until Redis answers: connections are made in the background. */
async function open(url: string, answerMs: number | undefined): Promise<RedisCounts> {
  const opened = await openRedisCounts(url, answerMs);
  if (opened === undefined) throw new Error("there is a URL");
  await until(() => opened.counts.findBlockedSeconds("anybody", counted, 0));
  return opened;
}

async function until(works: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const worked = await works().then(
      () => true,
      () => false,
    );
    if (worked) return;
    await sleep(25);
  }
  throw new Error("Redis does not answer");
}

/** The fallback, recognisable by its count of -1. */
const fallback: Counts = {
  findBlockedSeconds: () => Promise.resolve(0),
  add: () => Promise.resolve(-1),
  takeBack: () => Promise.resolve(),
};

const servers: Readonly<Record<string, { missing: boolean; make: () => Promise<TestRedis> }>> = {
  "the test's small Redis": { missing: false, make: makeSmallRedis },
  "a real Redis": { missing: redisServerPath === undefined, make: makeRealRedis },
};

for (const [name, { missing, make }] of Object.entries(servers)) {
  if (missing) process.stderr.write("No redis-server on the PATH (Debian: apt-get install redis-server): its cases are skipped.\n");
  // Skipped only without a redis-server; the same cases run on the small Redis in any case.
  (missing ? describe.skip : describe)(`limits counted in ${name}`, () => countedIn(make));
}

function countedIn(make: () => Promise<TestRedis>): void {
  let redis: TestRedis;
  let shared: RedisCounts;
  let polymint: TestPolymint;
  let second: { url: string };
  beforeAll(async () => {
    redis = await make();
    shared = await open(redis.url, patientMs);
    polymint = await startPolymint({ limits: { failuresFrom: limit, perClient: limit }, counts: shared.counts, trustedProxies });
    second = await polymint.startAnother();
  });
  afterAll(async () => {
    await polymint.stop();
    shared.close();
    await redis.close();
  });

  const urlOf = (index: number) => (index % 2 === 0 ? polymint.url : second.url);
  const counting = () => polymint.statements.filter((sql) => sql.includes("attempts"));

  it("are shared by the servers that use it, and cause no statement in the database", async () => {
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const seen: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      seen.push(...(await statusesOf([ask("abbeycross", { url: urlOf(tries), source: "192.0.2.1" }, clientId, "wrong")])));
    }
    expect(seen).toEqual([...times(10, 409), 429, 429]);
    const { status, headers } = await ask("abbeycross", { url: polymint.url, source: "192.0.2.1" }, clientId, "wrong");
    expect(status).toBe(429);
    expect(Number(headers["retry-after"])).toBeGreaterThan(30);
    expect((await ask("abbeycross", { url: polymint.url, source: "192.0.2.1" }, clientId, secret)).status).toBe(200);
    expect(counting()).toEqual([]);
    expect((await redis.keys()).filter((key) => key.startsWith("polymint:"))).not.toEqual([]);
  });

  it("let exactly as many requests through as the rate allows when thirty arrive at once", async () => {
    const { clientId, secret } = clientOf(polymint, "firstvision");
    const answers = Array.from({ length: 30 }, (_, index) => {
      return ask("firstvision", { url: urlOf(index), source: "192.0.2.2" }, clientId, secret);
    });
    expect((await statusesOf(answers)).sort()).toEqual([...times(10, 200), ...times(20, 429)]);
  });

  it("can be taken back, and the window goes on", async () => {
    const attempt = { failures: 2, windowSeconds: 600 };
    for (let tries = 0; tries < 2; tries += 1) await shared.counts.add("taken back", attempt, 0);
    const before = await shared.counts.findBlockedSeconds("taken back", attempt, 0);
    await shared.counts.takeBack("taken back");
    expect(before).toBeGreaterThan(500);
    expect(await shared.counts.findBlockedSeconds("taken back", attempt, 0)).toBe(0);
    expect(await shared.counts.add("taken back", attempt, 0)).toBe(2);
    expect(await shared.counts.findBlockedSeconds("taken back", attempt, 0)).toBeGreaterThan(500);
  });

  it("are kept in the database while Redis is away, and in Redis when it is back", async () => {
    await redis.stop();
    const { clientId, secret } = clientOf(polymint, "screening-eagle");
    const from = { url: polymint.url, source: "192.0.3.3" };
    const wrong = Array.from({ length: 12 }, () => ask("screening-eagle", from, clientId, "wrong"));
    expect((await statusesOf(wrong)).sort()).toEqual([...times(10, 401), ...times(2, 429)]);
    expect((await ask("screening-eagle", { ...from, source: "192.0.4.3" }, clientId, secret)).status).toBe(200);
    expect(counting().length).toBeGreaterThan(0);
    expect(polymint.logs).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining("Redis does not count limits now") as string }),
    );

    await redis.start();
    await until(async () => {
      await ask("screening-eagle", { ...from, source: "192.0.5.3" }, clientId, "wrong");
      if (!polymint.logs.some(({ msg }) => String(msg).includes("in Redis again"))) throw new Error("not yet");
    });
    const before = counting().length;
    expect((await ask("screening-eagle", { ...from, source: "192.0.6.3" }, clientId, "wrong")).status).toBe(401);
    expect(counting()).toHaveLength(before);
  });

  it("are kept in the fallback while Redis is silent, and in Redis when it answers again", async () => {
    const quick = await open(redis.url, undefined);
    const reasons: unknown[] = [];
    const counts = makeFallbackCounts(quick.counts, fallback, (away) => reasons.push(away));
    const countInRedis = async (): Promise<void> => {
      if ((await counts.add("silent", counted, 0)) < 0) throw new Error("not yet");
    };
    await until(countInRedis);
    redis.silence();
    expect(await counts.add("silent", counted, 0)).toBe(-1);
    expect(await counts.findBlockedSeconds("silent", counted, 0)).toBe(0);
    redis.resume();
    await until(countInRedis);
    expect(reasons.slice(-2)).toEqual([expect.any(Error), undefined]);
    quick.close();
  });
}

/** Only the first caller may wait for a primary that is away. */
describe("fallback counts", () => {
  type MakeFallback = typeof makeFallbackCounts;
  /** How often the primary, which is away, was called in two hundred calls. */
  async function countVainCalls(makeFallback: MakeFallback): Promise<number> {
    let asked = 0;
    const away = async (): Promise<never> => {
      asked += 1;
      throw new Error("away");
    };
    const counts = makeFallback({ findBlockedSeconds: away, add: away, takeBack: away }, fallback, () => undefined);
    for (let count = 0; count < 100; count += 1) {
      expect(await counts.add("somebody", counted, 0)).toBe(-1);
      expect(await counts.findBlockedSeconds("somebody", counted, 0)).toBe(0);
    }
    return asked;
  }
  const makeForgetful: MakeFallback = (first, second) => ({
    findBlockedSeconds: (...all) => first.findBlockedSeconds(...all).catch(() => second.findBlockedSeconds(...all)),
    add: (...all) => first.add(...all).catch(() => second.add(...all)),
    takeBack: (subject) => first.takeBack(subject).catch(() => second.takeBack(subject)),
  });

  it("spare later callers the wait for the primary, where counts that forget its failure do not", async () => {
    expect(await countVainCalls(makeFallbackCounts)).toBeLessThan(100);
    expect(await countVainCalls(makeForgetful)).toBe(200);
  });

  it("do not take a Redis that can only be read for one that is back", async () => {
    const reasons: unknown[] = [];
    const readOnly = () => Promise.reject(new Error("READONLY"));
    const replica: Counts = { findBlockedSeconds: () => Promise.resolve(7), add: readOnly, takeBack: readOnly };
    const counts = makeFallbackCounts(replica, fallback, (away) => reasons.push(away));
    expect(await counts.add("somebody", counted, 0)).toBe(-1);
    await sleep(300);
    for (let count = 0; count < 10; count += 1) expect(await counts.findBlockedSeconds("somebody", counted, 0)).toBe(0);
    expect(reasons).toHaveLength(1);
  });
});

/** A silent cut of the network leaves connections on which nothing ever arrives again. */
describe("a connection that stays silent", () => {
  type Pings = { ping(): Promise<unknown>; close(): void };
  async function afterSilence(connect: (url: string) => Promise<Pings>, withinMs: number): Promise<"serves" | "poisoned"> {
    const redis = await makeSmallRedis();
    const wire = await makeFaultyWire();
    const { connectionString } = wire.through({ connectionString: redis.url }) as { connectionString: string };
    const pings = await connect(connectionString);
    await until(() => pings.ping());
    wire.silence();
    await expect(pings.ping()).rejects.toThrow();
    wire.mendForNewConnections();
    let serves = false;
    for (const ends = performance.now() + withinMs; !serves && performance.now() < ends; await sleep(20))
      serves = await pings.ping().then(
        () => true,
        () => false,
      );
    pings.close();
    wire.mend();
    await wire.close();
    await redis.close();
    return serves ? "serves" : "poisoned";
  }
  const ours = async (url: string): Promise<Pings> => {
    const shared = await open(url, undefined);
    return { ping: () => shared.counts.add("somebody", counted, 0), close: () => shared.close() };
  };
  const patient = async (url: string): Promise<Pings> => {
    const redis = new Redis(url, { commandTimeout: 250, maxRetriesPerRequest: 0, enableOfflineQueue: false });
    redis.on("error", () => undefined);
    return { ping: () => redis.get("somebody"), close: () => redis.disconnect() };
  };

  it("is replaced, where a client that only stops waiting keeps it", async () => {
    expect(await Promise.all([afterSilence(ours, 15_000), afterSilence(patient, 2_500)])).toEqual(["serves", "poisoned"]);
  });
});

describe("a server without REDIS_URL", () => {
  it("has no shared counts", async () => {
    expect(await openRedisCounts(undefined)).toBeUndefined();
  });
});

// Skipped only without a redis-server.
(redisServerPath === undefined ? describe.skip : describe)("a real Redis with another password", () => {
  it("is reported as such, and the error contains neither password", async () => {
    const redis = await makeRealRedis();
    const { password } = new URL(redis.url);
    const wrong = "not-the-password-of-this-redis";
    const shared = await openRedisCounts(redis.url.replace(password, wrong), patientMs);
    let reason = "";
    await until(async () => {
      const answer = await Promise.allSettled([shared?.counts.add("anybody", counted, 0)]);
      reason = String(answer[0].status === "rejected" ? answer[0].reason : "none");
      if (!reason.includes("WRONGPASS")) throw new Error("not yet");
    });
    expect(reason).not.toContain(wrong);
    expect(reason).not.toContain(password);
    shared?.close();
    await redis.close();
  });
});
