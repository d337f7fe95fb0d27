/** Servers of clients that accept a request for keys and never answer it. */
import { randomUUID } from "node:crypto";
import request from "supertest";
import type { RemoteKeys } from "../../src/engine/ports/clients";
import { fetchKeySet } from "../../src/client-auth/key-set-fetch";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { until } from "../harness/installed-server";
import { hang, type KeyServer, makeAssertionForm, makeKey, makeKeyServer, serveKeys, stopKeyServers } from "../harness/key-server";

const key = makeKey("own");
const maxInFlight = 20;
const junkCount = 60;

let polymint: TestPolymint;
let hanging: KeyServer;
beforeEach(async () => {
  hanging = await makeKeyServer(hang);
});
afterAll(stopKeyServers);

const registerAt = async (jwksUri: string) => (await polymint.register({ contracts: ["raidiam"], jwksUri })).client.id;

/** @returns the status of a token request. @param source the address that a proxy says it came from */
async function present(clientId: string, source = "192.0.2.7"): Promise<number> {
  const response = await request(polymint.url)
    .post("/token")
    .set("x-forwarded-for", source)
    .type("form")
    .send(makeAssertionForm(clientId, key, { issuer: polymint.issuer, now: polymint.clock(), kid: key.kid }));
  mustConform(response, "raidiam", "/token");
  return response.status;
}

/** @returns the status of a token request of a client that has nothing to do with keys */
async function requestUnrelated(): Promise<number> {
  const { clientId, secret } = polymint.clients.abbeycross;
  return (await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret })).status;
}

const countStatuses = (statuses: readonly number[]): Record<number, number> =>
  statuses.reduce<Record<number, number>>((counts, status) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }), {});

/** Sends junk for a client with a hanging key server, and then requests of an unrelated client. */
async function attack(): Promise<{ junk: number[]; unrelated: number[] }> {
  const clientId = await registerAt(hanging.uri);
  let answered = 0;
  const underWay = Array.from({ length: junkCount }, () => present(clientId).finally(() => (answered += 1)));
  await until("only requests that wait are left", () => answered >= junkCount - maxInFlight);
  const unrelated: number[] = [];
  for (let count = 0; count < 10; count += 1) unrelated.push(await requestUnrelated());
  return { junk: await Promise.all(underWay), unrelated };
}

describe("a server with few places for requests in progress", () => {
  afterEach(() => polymint.stop());

  it("serves others while a key server hangs", async () => {
    polymint = await startPolymint({ maxInFlight });
    const { junk, unrelated } = await attack();
    expect(countStatuses(unrelated)).toEqual({ 200: 10 });
    // The junk arrives at once: what finds no place is refused like any other request.
    expect(junk.filter((status) => ![429, 504].includes(status))).toEqual([]);
  });

  it("(control) refuses others if requests that wait keep their places", async () => {
    const makeRemoteKeys = (): RemoteKeys => ({ accept: async (uri, accepts) => accepts(await fetchKeySet(uri)) });
    polymint = await startPolymint({ maxInFlight, makeRemoteKeys });
    const { unrelated } = await attack();
    expect(countStatuses(unrelated)[429]).toBeGreaterThan(0);
  });
});

describe("a key server that hangs or fails", () => {
  beforeAll(async () => {
    polymint = await startPolymint({ trustedProxies: ["127.0.0.1"], limits: { failures: { count: 1_000, windowSeconds: 900 } } });
  });
  afterAll(() => polymint.stop());

  it("is remembered: until the next try its clients are answered at once", async () => {
    const clientId = await registerAt(hanging.uri);
    expect(await present(clientId)).toBe(504);
    expect([await present(clientId), hanging.requests]).toEqual([504, 1]);
  });

  it("counts against the network whose requests caused the fetches: that may cause no more for a minute, and all else goes on", async () => {
    const there = "198.51.100.7";
    const healthy = await makeKeyServer(serveKeys(key.jwk));
    const fetchedBefore = await registerAt(`${healthy.uri}/before`);
    expect(await present(fetchedBefore, there)).toBe(200);
    const failing = await makeKeyServer((_incoming, outgoing) => outgoing.writeHead(500).end());
    for (let batch = 0; batch < 4; batch += 1) {
      const ids = await Promise.all(Array.from({ length: 15 }, () => registerAt(`${failing.uri}/${randomUUID()}`)));
      const answers = await Promise.all(ids.map((id) => present(id, there)));
      expect(countStatuses(answers)).toEqual({ 502: 15 });
    }
    const fresh = await registerAt(`${healthy.uri}/fresh`);
    expect(await present(fresh, there)).toBe(429);
    expect(await present(fetchedBefore, there)).toBe(200);
    expect(await requestUnrelated()).toBe(200);
    expect(await present(fresh, "203.0.113.7")).toBe(200);
    const later = await registerAt(`${healthy.uri}/later`);
    polymint.clock.advance(61);
    expect(await present(later, there)).toBe(200);
  });

  it("is not asked for clients that do not exist, and these do not count", async () => {
    const there = "198.51.101.7";
    const healthy = await makeKeyServer(serveKeys(key.jwk));
    const answers = await Promise.all(Array.from({ length: 70 }, () => present(`made-up-${randomUUID()}`, there)));
    expect(countStatuses(answers)).toEqual({ 400: 70 });
    expect(await present(await registerAt(healthy.uri), there)).toBe(200);
  });
});
