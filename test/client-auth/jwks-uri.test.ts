import type { JsonWebKey } from "node:crypto";
import type { RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import request, { type Response } from "supertest";
import { makeRemoteKeys } from "../../src/client-auth/remote-keys";
import { makeCaller } from "../../src/engine/caller";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { until } from "../harness/installed-server";
import { type ClientKey, hang, makeAssertionForm, makeKey, makeKeyServer, serveKeys, stopKeyServers } from "../harness/key-server";

afterAll(stopKeyServers);

const [first, second] = [makeKey("first"), makeKey("second")];

describe("a client whose keys are behind a jwks_uri", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  async function present(jwksUri: string, key = first): Promise<Response> {
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri });
    return presentAs(client.id, key);
  }

  async function presentAs(clientId: string, key: ClientKey): Promise<Response> {
    const { issuer } = polymint;
    const response = await request(polymint.url)
      .post("/token")
      .type("form")
      .send(makeAssertionForm(clientId, key, { issuer, now: polymint.clock(), kid: key.kid }));
    mustConform(response, "raidiam", "/token");
    return response;
  }

  it("is authenticated with them, and they are fetched once", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk, second.jwk));
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri: keys.uri });
    expect((await presentAs(client.id, first)).status).toBe(200);
    expect((await presentAs(client.id, second)).status).toBe(200);
    expect(keys.requests).toBe(1);
  });

  it("is not authenticated with another key", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk, null));
    const response = await present(keys.uri, { ...second, kid: "first" });
    expect([response.status, response.body]).toEqual([400, expect.objectContaining({ error: "invalid_client" })]);
  });

  it("is authenticated while its key server is down, once the keys have been fetched", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri: keys.uri });
    expect((await presentAs(client.id, first)).status).toBe(200);
    await keys.down();
    expect((await presentAs(client.id, first)).status).toBe(200);
  });

  const elsewhere: RequestListener = (incoming, outgoing) => {
    if (incoming.url === "/elsewhere") serveKeys(first.jwk)(incoming, outgoing);
    else outgoing.writeHead(302, { location: "/elsewhere" }).end();
  };
  it.each<[string, RequestListener]>([
    ["redirects", elsewhere],
    ["answers 500", (_incoming, outgoing) => outgoing.writeHead(500).end(JSON.stringify({ keys: [first.jwk] }))],
    ["answers with something that is not JSON", (_incoming, outgoing) => outgoing.end("<html>")],
    ["answers without keys", (_incoming, outgoing) => outgoing.end(JSON.stringify({ key: first.jwk }))],
    ["answers null", (_incoming, outgoing) => outgoing.end("null")],
    ["answers more than 256 KiB", serveKeys(first.jwk, { kid: "x".repeat(256 * 1024) })],
    ["closes the connection in the middle", (incoming, outgoing) => void outgoing.write('{"keys":[', () => incoming.destroy())],
  ])("is answered with 502, not as an unknown client, when its key server %s", async (_what, answer) => {
    const keys = await makeKeyServer(answer);
    const response = await present(keys.uri);
    expect(keys.requests).toBe(1);
    expect([response.status, response.text]).toEqual([502, ""]);
    expect(polymint.logs.at(-1)).toMatchObject({ outcome: "dependency_unreachable", dependency: "jwks_uri" });
    // The failure is that of one address, and is remembered for it alone.
    keys.answer = serveKeys(first.jwk);
    expect((await present(`${keys.uri}?again`)).status).toBe(200);
  });

  it("is answered with 502 when its key server is down", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    await keys.down();
    expect((await present(keys.uri)).status).toBe(502);
  });

  const dripping: RequestListener = (_incoming, outgoing) => {
    const drip = setInterval(() => outgoing.write(" "), 100);
    outgoing.once("close", () => clearInterval(drip));
  };
  const refusingAtLength: RequestListener = (incoming, outgoing) => dripping(incoming, outgoing.writeHead(500));
  it("is answered within four seconds when its key server does not answer or does not end, and the fetch is over by then", async () => {
    const answers: [RequestListener, number][] = [
      [hang, 504],
      [dripping, 504],
      [refusingAtLength, 502],
    ];
    const cutOff = answers.map(async ([answer, status]) => {
      const keys = await makeKeyServer(answer);
      const beganAt = performance.now();
      expect((await present(keys.uri)).status).toBe(status);
      expect(performance.now() - beganAt).toBeLessThan(4_000);
      await until("the answer is cut off", () => keys.open === 0);
    });
    await Promise.all(cutOff);
  });
});

describe("a client that changes its key behind a jwks_uri", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint({ limits: { failures: { count: 2, windowSeconds: 900 } } });
  });
  afterAll(() => polymint.stop());

  async function present(clientId: string, key: ClientKey, kid?: string): Promise<number> {
    const form = makeAssertionForm(clientId, key, { issuer: polymint.issuer, now: polymint.clock(), kid });
    return (await request(polymint.url).post("/token").type("form").send(form)).status;
  }

  async function changeKeys(): Promise<void> {
    const changes: [string | undefined, string | undefined][] = [
      [undefined, undefined],
      ["first", "first"],
      ["first", "second"],
    ];
    const changed = changes.map(async ([oldKid, newKid]) => {
      const keys = await makeKeyServer(serveKeys({ ...first.jwk, kid: oldKid }));
      const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri: keys.uri });
      expect(await present(client.id, first, oldKid)).toBe(200);
      keys.answer = serveKeys({ ...second.jwk, kid: newKid });
      expect(await Promise.all([1, 2, 3, 4].map(() => present(client.id, second, newKid)))).toEqual([200, 200, 200, 200]);
      expect(keys.requests).toBe(2);
    });
    await Promise.all(changed);
  }

  async function tryWithoutFreshSet(): Promise<void> {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri: keys.uri });
    expect(await present(client.id, first, "first")).toBe(200);
    keys.answer = (_incoming, outgoing) => outgoing.writeHead(500).end();
    expect(await Promise.all([1, 2, 3, 4].map(() => present(client.id, second)))).toEqual([502, 502, 502, 502]);
    keys.answer = serveKeys(second.jwk);
    await sleep(3_100);
    expect(await present(client.id, second)).toBe(200);
  }

  let underWay: PromiseSettledResult<void>[];
  // At the same time, since both mostly wait for cool-downs.
  beforeAll(async () => {
    underWay = await Promise.allSettled([changeKeys(), tryWithoutFreshSet()]);
  });

  it("is authenticated with the new key at once: without a kid, under the same kid, or under a new one", () => {
    expect(underWay[0]).toEqual({ status: "fulfilled" });
  });

  it("is not locked out by tries that could not be checked against a fresh set", () => {
    expect(underWay[1]).toEqual({ status: "fulfilled" });
  });

  it("(control) is locked out by tries that were checked against one", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    const { client } = await polymint.register({ contracts: ["raidiam"], jwksUri: keys.uri });
    await Promise.all([1, 2].map(() => present(client.id, second)));
    expect(await present(client.id, first, "first")).toBe(429);
  });
});

describe("the keys behind a jwks_uri", () => {
  let at = 0;
  beforeEach(() => {
    at = 0;
  });
  /** Counts that limit no source. */
  const countFetch = () => Promise.resolve({ recordSuccess: () => Promise.resolve() });
  const makeKeys = () => {
    const remote = makeRemoteKeys({
      countFetch,
      now: () => at,
      wait: (milliseconds) => Promise.resolve((at += milliseconds)),
    });
    const accept = (uri: string, accepts: (keys: readonly JsonWebKey[]) => boolean, source = "192.0.2.7") =>
      remote.accept(uri, accepts, { now: 0, source, caller: makeCaller() });
    return { accept };
  };
  const hasKid = (wanted: string) => (keys: readonly JsonWebKey[]) => keys.some(({ kid }) => kid === wanted);

  it("are fetched again if they do not accept what is presented, at most once per cool-down", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    const remote = makeKeys();
    expect(await remote.accept(keys.uri, hasKid("first"))).toBe(true);
    keys.answer = serveKeys(second.jwk);
    at = 1_000;
    expect(await remote.accept(keys.uri, hasKid("second"))).toBe(true);
    expect([at, keys.requests]).toEqual([3_000, 2]);
    expect(await Promise.all(["made up", "also made up"].map((kid) => remote.accept(keys.uri, hasKid(kid))))).toEqual([false, false]);
    expect([at, keys.requests]).toEqual([6_000, 3]);
  });

  it("are fetched again after five minutes", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    const remote = makeKeys();
    await remote.accept(keys.uri, hasKid("first"));
    at = 300_000;
    await remote.accept(keys.uri, hasKid("first"));
    expect(keys.requests).toBe(1);
    at = 300_001;
    await remote.accept(keys.uri, hasKid("first"));
    expect(keys.requests).toBe(2);
  });

  it("are fetched once for sixteen requests at once, eight of one network, and no more of them wait", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    const remote = makeKeys();
    const sources = Array.from({ length: 30 }, (_, each) => `192.0.${Math.floor(each / 10)}.${each}`);
    const settled = await Promise.allSettled(sources.map((source) => remote.accept(keys.uri, hasKid("first"), source)));
    const served = settled.map(({ status }) => status === "fulfilled");
    expect([0, 10, 20].map((from) => served.slice(from, from + 10).filter(Boolean).length)).toEqual([8, 8, 0]);
    expect(settled.at(-1)).toMatchObject({ reason: { dependency: "jwks_uri", kind: "timed_out" } });
    expect(keys.requests).toBe(1);
    expect(await remote.accept(keys.uri, hasKid("first"))).toBe(true);
  });

  it("of a directory are fetched for a new client while junk for four others waits for the cool-down", async () => {
    const directory = await makeKeyServer(serveKeys(first.jwk));
    let end: (value?: unknown) => void = () => undefined;
    const remote = makeRemoteKeys({ countFetch, now: () => 0, wait: () => new Promise((resolve) => (end = resolve)) });
    const ask = (set: string, kid: string, source: string) =>
      remote.accept(`${directory.uri}/${set}`, hasKid(kid), { now: 0, source, caller: makeCaller() });
    const sets = ["a", "b", "c", "d"];
    for (const set of sets) expect(await ask(set, "first", "192.0.2.7")).toBe(true);
    const junk = sets.flatMap((set) => Array.from({ length: 16 }, (_, each) => ask(set, "made up", `198.51.${each % 2}.7`)));
    void Promise.allSettled(junk);
    expect(await ask("honest", "first", "203.0.113.7")).toBe(true);
    end();
  });

  it("are waited for by at most 32 requests of one network", async () => {
    const remote = makeKeys();
    const server = await makeKeyServer(hang);
    const reasons: unknown[] = [];
    const asked = Array.from({ length: 40 }, (_, set) =>
      remote.accept(`${server.uri}/${set}`, hasKid("first")).catch((reason: unknown) => reasons.push(reason)),
    );
    await until("the others are fetching", () => server.requests === 32);
    expect(reasons.filter((reason) => String(reason).includes("too many requests wait"))).toHaveLength(8);
    await server.down();
    await Promise.all(asked);
  });

  it("are fetched for at most 64 requests at one server, and 256 at all servers", async () => {
    const remote = makeKeys();
    const servers = await Promise.all(Array.from({ length: 5 }, () => makeKeyServer(hang)));
    const reasons: unknown[] = [];
    const asked = servers.flatMap(({ uri }) =>
      Array.from({ length: 70 }, (_, set) =>
        remote.accept(`${uri}/${set}`, hasKid("first"), `10.0.${set}.7`).catch((reason: unknown) => reasons.push(reason)),
      ),
    );
    await until("the others are fetching", () => servers.reduce((sum, { requests }) => sum + requests, 0) === 256);
    expect(servers.map(({ requests }) => requests)).toEqual([64, 64, 64, 64, 0]);
    expect(reasons.filter((reason) => String(reason).includes("too many key sets are being fetched"))).toHaveLength(5 * 70 - 256);
    await Promise.all(servers.map((server) => server.down()));
    await Promise.all(asked);
  });

  it("are not fetched again soon after a failure, and ever later after several", async () => {
    const keys = await makeKeyServer((_incoming, outgoing) => outgoing.writeHead(500).end());
    const remote = makeKeys();
    const fetchedAt: number[] = [];
    for (at = 0; at < 240_000; at += 1_000) {
      const before = keys.requests;
      await expect(remote.accept(keys.uri, hasKid("first"))).rejects.toMatchObject({ kind: "unreachable" });
      if (keys.requests > before) fetchedAt.push(at / 1_000);
    }
    expect(fetchedAt).toEqual([0, 3, 9, 21, 45, 93, 153, 213]);
    keys.answer = serveKeys(first.jwk);
    at = 300_000;
    expect(await remote.accept(keys.uri, hasKid("first"))).toBe(true);
  });

  it("are kept when a later fetch fails, so that a made-up kid does not remove them", async () => {
    const keys = await makeKeyServer(serveKeys(first.jwk));
    const remote = makeKeys();
    await remote.accept(keys.uri, hasKid("first"));
    await keys.down();
    at = 20_000;
    const madeUp = remote.accept(keys.uri, hasKid("made up"));
    expect(await remote.accept(keys.uri, hasKid("first"))).toBe(true);
    await expect(madeUp).rejects.toMatchObject({ kind: "unreachable" });
    expect(await remote.accept(keys.uri, hasKid("first"))).toBe(true);
    at = 300_001;
    await expect(remote.accept(keys.uri, hasKid("first"))).rejects.toMatchObject({ kind: "unreachable" });
  });
});
