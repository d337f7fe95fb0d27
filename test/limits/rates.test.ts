import request from "supertest";
import { makeRateLimit } from "../../src/limits/rate";
import type { Counts } from "../../src/engine/ports/counts";
import { makeDatabaseCounts } from "../../src/store/counts";
import { makeCoalescedCounts } from "../../src/limits/coalesced-counts";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { registerAssertionClient } from "../harness/assertion-client";
import { answered, ask, clientOf, proofOf, statusesOf, times, trustedProxies } from "./token-requests";

const limit = { count: 10, windowSeconds: 60 };
const here = "192.0.2.1";

describe("the rate of a client", () => {
  let polymint: TestPolymint;
  let second: { url: string };
  beforeAll(async () => {
    polymint = await startPolymint({ limits: { perClient: limit }, trustedProxies });
    second = await polymint.startAnother();
  });
  afterAll(() => polymint.stop());

  it("is shared by all servers and all addresses, and starts again when its window has ended", async () => {
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const token = (index: number) =>
      ask("abbeycross", { url: index % 2 === 0 ? polymint.url : second.url, source: `192.0.2.${index}` }, clientId, secret);
    expect((await statusesOf(Array.from({ length: 25 }, (_, index) => token(index)))).sort()).toEqual([
      ...times(10, 200),
      ...times(15, 429),
    ]);
    polymint.clock.advance(25);
    const response = await answered("abbeycross", token(0));
    expect([response.status, response.headers["retry-after"]]).toEqual([429, "35"]);
    polymint.clock.advance(35);
    expect(await statusesOf([token(0), token(1)])).toEqual([200, 200]);
  });

  it("is not used up by callers with a wrong secret", async () => {
    const { client, secret } = await polymint.register({ contracts: ["abbeycross"] });
    const from = { url: polymint.url, source: here };
    expect(await statusesOf(Array.from({ length: 15 }, () => ask("abbeycross", from, client.id, "wrong")))).toEqual(times(15, 409));
    expect((await ask("abbeycross", from, client.id, secret?.value ?? "")).status).toBe(200);
  });

  it("is not used up from another subnet by a public client's id or a replayed assertion", async () => {
    const { client } = await polymint.register({
      contracts: ["raidiam"],
      authMethods: ["none"],
      grants: ["device_code"],
      scopes: ["read"],
    });
    const authorizeDevice = (source: string) => {
      const test = request(polymint.url).post("/device_authorization").set("X-Forwarded-For", source).type("form");
      return test.send({ client_id: client.id });
    };
    expect((await statusesOf(Array.from({ length: 11 }, () => authorizeDevice("198.51.100.1")))).sort()).toEqual([...times(10, 200), 429]);
    expect((await authorizeDevice(here)).status).toBe(200);

    const own = await registerAssertionClient(polymint, { contracts: ["raidiam"] });
    const replayed = own.assertion(polymint.issuer);
    const present = (assertion: string, source: string) => ask("raidiam", { url: polymint.url, source }, "", assertion);
    expect((await present(replayed, here)).status).toBe(200);
    expect(await statusesOf(Array.from({ length: 9 }, () => present(replayed, "198.51.100.1")))).toEqual(times(9, 400));
    for (let tries = 0; tries < 9; tries += 1) expect((await present(own.assertion(polymint.issuer), here)).status).toBe(200);
  });

  it("is separate for each client", async () => {
    const { clientId, secret } = clientOf(polymint, "firstvision");
    const from = { url: polymint.url, source: here };
    const answers = Array.from({ length: 11 }, () => ask("firstvision", from, clientId, secret));
    expect((await statusesOf(answers)).sort()).toEqual([...times(10, 200), 429]);
    const other = clientOf(polymint, "screening-eagle");
    expect((await ask("screening-eagle", from, other.clientId, other.secret)).status).toBe(200);
  });

  it("does not use up an assertion, which is accepted when the window has ended", async () => {
    const from = { url: polymint.url, source: here };
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await ask("raidiam", from, "", proofOf(polymint, "raidiam"))).status).toBe(200);
    }
    const assertion = clientOf(polymint, "raidiam").assertion(polymint.issuer, { exp: Math.floor(polymint.clock() / 1000) + 120 });
    expect((await answered("raidiam", ask("raidiam", from, "", assertion))).status).toBe(429);
    polymint.clock.advance(60);
    expect((await ask("raidiam", from, "", assertion)).status).toBe(200);
  });

  it("costs no statement once it is exceeded, until the window ends", async () => {
    const { client, secret } = await polymint.register({ contracts: ["abbeycross"] });
    const token = () => ask("abbeycross", { url: polymint.url, source: here }, client.id, secret?.value ?? "");
    await Promise.all(Array.from({ length: 12 }, token));
    const before = polymint.statements.length;
    expect(await statusesOf(Array.from({ length: 5 }, token))).toEqual(times(5, 429));
    // The client itself may have to be looked up again.
    expect(polymint.statements.slice(before).filter((sql) => /attempts|issued_tokens/.test(sql))).toEqual([]);
  });
});

describe("the rate of an API key", () => {
  it("is announced in weavr's headers, and does not limit another key", async () => {
    const perSource = { count: 1000, windowSeconds: 3600 };
    const polymint = await startPolymint({ limits: { perApiKey: limit, perSource }, trustedProxies });
    const { secret } = clientOf(polymint, "weavr");
    const logIn = (key: string) => ask("weavr", { url: polymint.url, source: here }, "", key);
    expect(await statusesOf(Array.from({ length: 10 }, () => logIn(secret)))).toEqual(times(10, 401));
    const { status, headers, text } = await answered("weavr", logIn(secret));
    expect({ status, text, limit: headers["x-ratelimit-limit"], reset: headers["x-ratelimit-reset"] }).toEqual({
      ...{ status: 429, text: "", limit: "10, 10;w=60, 1000;w=3600", reset: "60" },
    });
    const other = await polymint.register({ contracts: ["weavr"] });
    expect((await logIn(other.secret?.value ?? "")).status).toBe(401);
    expect(JSON.stringify(polymint.logs)).not.toContain(secret);
    await polymint.stop();
  });
});

describe("the rate of an address", () => {
  let polymint: TestPolymint;
  let second: { url: string };
  beforeAll(async () => {
    polymint = await startPolymint({ limits: { perSource: limit }, trustedProxies });
    second = await polymint.startAnother();
  });
  afterAll(() => polymint.stop());

  it("counts requests of all clients at every server, and none from another address", async () => {
    const other = clientOf(polymint, "firstvision");
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const from = { url: polymint.url, source: here };
    const mixed = Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0
        ? ask("abbeycross", from, clientId, "wrong")
        : ask("firstvision", { ...from, url: second.url }, other.clientId, other.secret),
    );
    expect((await statusesOf(mixed)).sort()).toEqual([...times(5, 200), ...times(5, 409)]);
    for (const url of [polymint.url, second.url]) {
      const response = await answered("firstvision", ask("firstvision", { url, source: here }, other.clientId, other.secret));
      expect(response.status).toBe(429);
      expect(response.body).toMatchObject([{ errorCode: "242901" }]);
      expect(response.headers["retry-after"]).toBe("60");
    }
    expect((await ask("abbeycross", { ...from, source: "192.0.2.2" }, clientId, secret)).status).toBe(200);
    polymint.clock.advance(60);
    expect((await ask("abbeycross", from, clientId, secret)).status).toBe(200);
  });

  it("counts malformed requests, unknown paths and pages, but not the health check", async () => {
    const source = "192.0.2.77";
    const mixed = [
      () => request(polymint.url).post("/v1/oauth/token").set("X-Forwarded-For", source).type("json").send("{"),
      () => request(polymint.url).get("/nowhere").set("X-Forwarded-For", source),
      () => request(polymint.url).get("/login").set("X-Forwarded-For", source),
      () => request(polymint.url).put("/token").set("X-Forwarded-For", source),
      () => request(polymint.url).get("/.well-known/jwks.json").set("X-Forwarded-For", source),
    ];
    const all = () => statusesOf(mixed.map((send) => send()));
    expect([...(await all()), ...(await all())]).not.toContain(429);
    expect(await all()).toEqual(times(5, 429));
    // The health check is answered, whatever else comes from its address.
    expect((await request(polymint.url).get("/health/live").set("X-Forwarded-For", source)).status).toBe(200);
  });

  it("blocks no longer than its window when the clock is set back", async () => {
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const token = (url: string) => ask("abbeycross", { url, source: "192.0.2.88" }, clientId, secret);
    for (let tries = 0; tries < 10; tries += 1) expect((await token(polymint.url)).status).toBe(200);
    expect((await token(polymint.url)).headers["retry-after"]).toBe("60");
    polymint.clock.advance(-7_200);
    for (const url of [polymint.url, second.url]) expect((await token(url)).headers["retry-after"]).toBe("60");
    polymint.clock.advance(7_200);
  });

  it("counts a whole /64 as one address, and never a health check", async () => {
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const token = (source: string) => ask("abbeycross", { url: polymint.url, source }, clientId, secret);
    const neighbours = Array.from({ length: 11 }, (_, index) => token(`2001:db8::${index + 1}`));
    expect((await statusesOf(neighbours)).sort()).toEqual([...times(10, 200), 429]);
    expect((await token("2001:db8:0:1::1")).status).toBe(200);
    const alive = Array.from({ length: 15 }, () => request(polymint.url).get("/health/live").set("X-Forwarded-For", "2001:db8::1"));
    expect(await statusesOf(alive)).toEqual(times(15, 200));
  });
});

describe("coalesced counts", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());
  const counted = { failures: 30, windowSeconds: 60 };

  it("give each of two hundred callers a number of its own in at most three statements", async () => {
    const counts = makeCoalescedCounts(makeDatabaseCounts(polymint.database));
    const before = polymint.statements.length;
    const numbers = await Promise.all(Array.from({ length: 200 }, () => counts.add("joined", counted, polymint.clock())));
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(polymint.statements.length - before).toBeLessThanOrEqual(3);
    expect(await counts.add("joined", counted, polymint.clock())).toBe(201);
  });

  it("fail for the callers of a failed statement and count the next caller", async () => {
    const attempts = makeDatabaseCounts(polymint.database);
    let broken = true;
    const failing: Counts = {
      ...attempts,
      add: (...all) => (broken ? Promise.reject(new Error("away")) : attempts.add(...all)),
    };
    const counts = makeCoalescedCounts(failing);
    const tries = await Promise.allSettled(Array.from({ length: 3 }, () => counts.add("failing", counted, polymint.clock())));
    expect(tries.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    broken = false;
    expect(await counts.add("failing", counted, polymint.clock())).toBe(1);
  });

  it("let exactly as many requests through as the limit allows, where counts that read first and write later let more", async () => {
    const stored = new Map<string, number>();
    const careless: Counts = {
      findBlockedSeconds: () => Promise.resolve(60),
      async add(subject) {
        const before = stored.get(subject) ?? 0;
        await new Promise((resolve) => setImmediate(resolve));
        stored.set(subject, before + 1);
        return before + 1;
      },
      takeBack: () => Promise.resolve(),
    };
    const countPassed = async (counts: Counts) => {
      const countRequest = makeRateLimit(counts, "requests of", { count: 30, windowSeconds: 60, inForce: [] });
      const tries = await Promise.allSettled(Array.from({ length: 100 }, () => countRequest("somebody", polymint.clock())));
      return tries.filter(({ status }) => status === "fulfilled").length;
    };
    expect(await countPassed(makeCoalescedCounts(makeDatabaseCounts(polymint.database)))).toBe(30);
    expect(await countPassed(careless)).toBeGreaterThan(30);
  });
});
