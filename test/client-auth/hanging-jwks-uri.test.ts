/** Servers of clients that accept a request for keys and never answer it. */
import { randomUUID } from "node:crypto";
import request from "supertest";
import type { RemoteKeys } from "../../src/engine/ports/clients";
import { fetchKeySet } from "../../src/client-auth/key-set-fetch";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { until } from "../harness/installed-server";
import { hang, makeAssertionForm, makeKey, makeKeyServer, serveKeys, stopKeyServers } from "../harness/key-server";

const key = makeKey("own");
const maxInFlight = 20;
const junkCount = 60;

afterAll(stopKeyServers);

const registerAt = async (polymint: TestPolymint, jwksUri: string) =>
  (await polymint.register({ contracts: ["raidiam"], jwksUri })).client.id;

/** @returns the status of a token request. @param source the address that a proxy says it came from */
async function present(polymint: TestPolymint, clientId: string, source = "192.0.2.7"): Promise<number> {
  const response = await request(polymint.url)
    .post("/token")
    .set("x-forwarded-for", source)
    .type("form")
    .send(makeAssertionForm(clientId, key, { issuer: polymint.issuer, now: polymint.clock(), kid: key.kid }));
  mustConform(response, "raidiam", "/token");
  return response.status;
}

/** @returns the status of a token request of a client that has nothing to do with keys */
async function requestUnrelated(polymint: TestPolymint): Promise<number> {
  const { clientId, secret } = polymint.clients.abbeycross;
  return (await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret })).status;
}

const countStatuses = (statuses: readonly number[]): Record<number, number> =>
  statuses.reduce<Record<number, number>>((counts, status) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }), {});

/** Sends junk for a client with a hanging key server, and then requests of an unrelated client. */
async function attack(polymint: TestPolymint): Promise<{ junk: number[]; unrelated: number[] }> {
  const clientId = await registerAt(polymint, (await makeKeyServer(hang)).uri);
  let answered = 0;
  const underWay = Array.from({ length: junkCount }, () => present(polymint, clientId).finally(() => (answered += 1)));
  await until("only requests that wait are left", () => answered >= junkCount - maxInFlight);
  const unrelated: number[] = [];
  for (let count = 0; count < 10; count += 1) unrelated.push(await requestUnrelated(polymint));
  return { junk: await Promise.all(underWay), unrelated };
}

type Attacked = Awaited<ReturnType<typeof attack>>;

describe("a server with few places for requests in progress", () => {
  let good: Attacked;
  let broken: Attacked;
  // At the same time, since both mostly wait for a key server.
  beforeAll(async () => {
    const makeRemoteKeys = (): RemoteKeys => ({ accept: async (uri, accepts) => accepts(await fetchKeySet(uri)) });
    [good, broken] = (await Promise.all(
      [{ maxInFlight }, { maxInFlight, makeRemoteKeys }].map(async (options) => {
        await using polymint = await startPolymint(options);
        return await attack(polymint);
      }),
    )) as [Attacked, Attacked];
  });

  it("serves others while a key server hangs", () => {
    const { junk, unrelated } = good;
    expect(countStatuses(unrelated)).toEqual({ 200: 10 });
    // The junk arrives at once: what finds no place is refused like any other request.
    expect(junk.filter((status) => ![429, 504].includes(status))).toEqual([]);
  });

  it("(control) refuses others if requests that wait keep their places", () => {
    expect(countStatuses(broken.unrelated)[429]).toBeGreaterThan(0);
  });
});

describe("a key server that hangs or fails", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ trustedProxies: ["127.0.0.1"], limits: { failures: { count: 1_000, windowSeconds: 900 } } });
  });
  afterAll(() => polymint.stop());

  it("is remembered: until the next try its clients are answered at once", async () => {
    const hanging = await makeKeyServer(hang);
    const clientId = await registerAt(polymint, hanging.uri);
    expect(await present(polymint, clientId)).toBe(504);
    expect([await present(polymint, clientId), hanging.requests]).toEqual([504, 1]);
  });

  it("counts against the network whose requests caused the fetches: that may cause no more for a minute, and all else goes on", async () => {
    const there = "198.51.100.7";
    const healthy = await makeKeyServer(serveKeys(key.jwk));
    const fetchedBefore = await registerAt(polymint, `${healthy.uri}/before`);
    expect(await present(polymint, fetchedBefore, there)).toBe(200);
    const failing = await makeKeyServer((_incoming, outgoing) => outgoing.writeHead(500).end());
    for (let batch = 0; batch < 4; batch += 1) {
      const ids = await Promise.all(Array.from({ length: 15 }, () => registerAt(polymint, `${failing.uri}/${randomUUID()}`)));
      const answers = await Promise.all(ids.map((id) => present(polymint, id, there)));
      expect(countStatuses(answers)).toEqual({ 502: 15 });
    }
    const fresh = await registerAt(polymint, `${healthy.uri}/fresh`);
    expect(await present(polymint, fresh, there)).toBe(429);
    expect(await present(polymint, fetchedBefore, there)).toBe(200);
    expect(await requestUnrelated(polymint)).toBe(200);
    expect(await present(polymint, fresh, "203.0.113.7")).toBe(200);
    const later = await registerAt(polymint, `${healthy.uri}/later`);
    polymint.clock.advance(61);
    expect(await present(polymint, later, there)).toBe(200);
  });

  it("is not asked for clients that do not exist, and these do not count", async () => {
    const there = "198.51.101.7";
    const healthy = await makeKeyServer(serveKeys(key.jwk));
    const answers = await Promise.all(Array.from({ length: 70 }, () => present(polymint, `made-up-${randomUUID()}`, there)));
    expect(countStatuses(answers)).toEqual({ 400: 70 });
    expect(await present(polymint, await registerAt(polymint, healthy.uri), there)).toBe(200);
  });
});
