import request, { type Response } from "supertest";
import type { Counts } from "../../src/engine/ports/counts";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeFailedAuthentications } from "../../src/limits/failed-authentications";
import { makeDatabaseCounts } from "../../src/store/counts";
import { makeCoalescedCounts } from "../../src/limits/coalesced-counts";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeFaultyWire } from "../harness/faulty-wire";
import { type ContractName, contractNames } from "../harness/token-requests";
import { answered, ask, clientOf, proofOf, statusesOf, times, trustedProxies, wrongProofOf } from "./token-requests";

const limit = { count: 20, windowSeconds: 900 };
/** What each contract answers to wrong and to right credentials. weavr's login is called with an unknown user. */
const wrong: Record<ContractName, number> = { abbeycross: 409, firstvision: 401, raidiam: 400, "screening-eagle": 401, weavr: 401 };
const right: Record<ContractName, number> = { abbeycross: 200, firstvision: 200, raidiam: 200, "screening-eagle": 200, weavr: 401 };

let polymint: TestPolymint;
let second: { url: string };
beforeAll(async () => {
  polymint = await startPolymint({ limits: { failures: limit }, trustedProxies });
  second = await polymint.startAnother();
});
afterAll(() => polymint.stop());

/** Addresses in subnets that no other test uses. */
let networks = 0;
function makeAddresses(): { one: string; neighbour: string; elsewhere: string } {
  networks += 1;
  return { one: `10.0.${networks}.1`, neighbour: `10.0.${networks}.200`, elsewhere: `10.1.${networks}.1` };
}

async function failAt(contract: ContractName, source: string, count: number): Promise<Response[]> {
  const { clientId } = clientOf(polymint, contract);
  const answers: Response[] = [];
  for (let tries = 0; tries < count; tries += 1) {
    const url = tries % 2 === 0 ? polymint.url : second.url;
    answers.push(await answered(contract, ask(contract, { url, source }, clientId, wrongProofOf(polymint, contract))));
  }
  return answers;
}

async function prove(contract: ContractName, source: string, url = polymint.url): Promise<Response> {
  return answered(contract, ask(contract, { url, source }, clientOf(polymint, contract).clientId, proofOf(polymint, contract)));
}

const statuses = (answers: Response[]) => answers.map(({ status }) => status);

describe.each(contractNames)("twenty failed authentications at %s", (contract) => {
  it("block the client from that subnet at every server, from no other subnet, and only until the window ends", async () => {
    const { one, neighbour, elsewhere } = makeAddresses();
    expect(statuses(await failAt(contract, one, 20))).toEqual(times(20, wrong[contract]));
    for (const url of [polymint.url, second.url]) {
      for (const source of [one, neighbour]) {
        const response = await prove(contract, source, url);
        expect(response.status).toBe(429);
        expect(Number(response.headers["retry-after"])).toBe(900);
      }
      expect((await prove(contract, elsewhere, url)).status).toBe(right[contract]);
    }
    polymint.clock.advance(450);
    expect((await prove(contract, one)).headers["retry-after"]).toBe("450");
    polymint.clock.advance(450);
    expect((await prove(contract, one)).status).toBe(right[contract]);
  });
});

describe("the limit of failed authentications", () => {
  it("is answered in each contract's own words", async () => {
    const { one } = makeAddresses();
    const refused = async (contract: ContractName) => {
      await failAt(contract, one, 20);
      return prove(contract, one);
    };
    const weavr = await refused("weavr");
    expect(weavr.text).toBe("");
    expect(weavr.headers).toMatchObject({ "x-ratelimit-limit": "20, 20;w=900", "x-ratelimit-reset": "900", "retry-after": "900" });
    expect((await refused("firstvision")).body).toMatchObject([{ errorCode: "242901", status: 429, title: "Too Many Requests" }]);
    expect((await refused("abbeycross")).body).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect((await refused("screening-eagle")).body).toMatchObject({ error: "Too Many Requests" });
    expect((await refused("raidiam")).text).toBe("");
  });

  it("is per client: another client behind the same address is still served", async () => {
    const { one } = makeAddresses();
    await failAt("abbeycross", one, 21);
    const other = await polymint.register({ contracts: ["abbeycross"] });
    const from = { url: polymint.url, source: one };
    expect(await statusesOf([ask("abbeycross", from, other.client.id, other.secret?.value ?? "")])).toEqual([200]);
  });

  it("treats an unknown client id like a known one", async () => {
    const { one } = makeAddresses();
    const known = statuses(await failAt("screening-eagle", one, 22));
    const unknown: number[] = [];
    for (let tries = 0; tries < 22; tries += 1) {
      unknown.push(...(await statusesOf([ask("screening-eagle", { url: polymint.url, source: one }, "no-such-client", "x")])));
    }
    expect(unknown).toEqual(known);
    expect(known).toEqual([...times(20, 401), ...times(2, 429)]);
  });

  it("counts IPv6 addresses by their /64", async () => {
    await failAt("abbeycross", "2001:db8:1:2::1", 20);
    expect((await prove("abbeycross", "2001:db8:1:2:ffff::9")).status).toBe(429);
    expect((await prove("abbeycross", "2001:db8:1:3::1")).status).toBe(200);
  });

  it("judges no more than twenty of sixty guesses that arrive at once", async () => {
    const { one } = makeAddresses();
    const { clientId } = clientOf(polymint, "firstvision");
    const guesses = Array.from({ length: 60 }, (_, index) => {
      const url = index % 2 === 0 ? polymint.url : second.url;
      return ask("firstvision", { url, source: one }, clientId, `guess-${index}`);
    });
    expect((await statusesOf(guesses)).sort()).toEqual([...times(20, 401), ...times(40, 429)]);
  });

  it("lets failures of one client that arrive at once share their statements, where counts that are not coalesced send more than one each", async () => {
    const statementsOf = async (counts: Counts, source: string): Promise<number> => {
      const failures = makeFailedAuthentications({ counts, digest: makeSecretDigest(Buffer.alloc(32)) }, { ...limit, inForce: [] });
      const before = polymint.statements.length;
      const tries = Array.from({ length: 400 }, async () => {
        await failures.mustNotBeBlocked("made-up", source, polymint.clock());
        await failures.countFailure("made-up", source, polymint.clock());
      });
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(20);
      return polymint.statements.length - before;
    };
    const attempts = makeDatabaseCounts(polymint.database);
    expect(await statementsOf(makeCoalescedCounts(attempts), makeAddresses().one)).toBeLessThanOrEqual(10);
    expect(await statementsOf(attempts, makeAddresses().one)).toBeGreaterThan(400);
  });

  it("counts a malformed assertion against the client_id beside it", async () => {
    const { one } = makeAddresses();
    const { clientId } = clientOf(polymint, "raidiam");
    const present = (assertion: string) => {
      const test = request(polymint.url).post("/token").set("X-Forwarded-For", one).type("form");
      const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
      return test.send({ client_id: clientId, client_assertion_type: type, client_assertion: assertion });
    };
    expect(await statusesOf(Array.from({ length: 20 }, () => present("no JWT")))).toEqual(times(20, 400));
    expect(await statusesOf([present(proofOf(polymint, "raidiam"))])).toEqual([429]);
  });

  it("does not count other refusals", async () => {
    const { one } = makeAddresses();
    const { clientId, secret } = clientOf(polymint, "screening-eagle");
    const from = { url: polymint.url, source: one };
    const disallowed = () => ask("screening-eagle", from, clientId, secret, "not-mine");
    expect(await statusesOf(Array.from({ length: 25 }, disallowed))).toEqual(times(25, 403));
    expect((await prove("screening-eagle", one)).status).toBe(200);
  });

  it("holds at introspection too, for the same clients", async () => {
    const { one } = makeAddresses();
    await failAt("abbeycross", one, 20);
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const introspect = (source: string) => {
      const test = request(polymint.url).post("/oauth2/introspect").set("X-Forwarded-For", source).type("form");
      return test.send({ client_id: clientId, client_secret: secret, token: "x" });
    };
    expect(await statusesOf([introspect(one), introspect(makeAddresses().one)])).toEqual([429, 403]);
  });

  it("stores and logs no claimed id, which may be a secret in the wrong field", async () => {
    const { one } = makeAddresses();
    const from = { url: polymint.url, source: one };
    for (let tries = 0; tries < 21; tries += 1) await ask("abbeycross", from, "pms_a-secret-in-the-wrong-place", "x");
    const rows: unknown[] = await polymint.database.build((knex) => knex("attempts").select());
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify([rows, polymint.logs])).not.toContain("wrong-place");
  });
});

describe("a client with good credentials", () => {
  it("costs no statement but the ledger's while it is known not to be blocked", async () => {
    const { one } = makeAddresses();
    let statements: string[] = [];
    // A slow machine may need another try: the server remembers for one second that the client is not blocked.
    for (let tries = 0; tries < 20 && statements.length !== 1; tries += 1) {
      await prove("abbeycross", one);
      const before = polymint.statements.length;
      await prove("abbeycross", one);
      statements = polymint.statements.slice(before);
    }
    expect(statements).toEqual([expect.stringContaining("INSERT INTO issued_tokens")]);
  });
});

describe("a server without limits", () => {
  it("lets a client fail any number of times and counts nothing", async () => {
    const off = await startPolymint({ trustedProxies });
    const { clientId } = clientOf(off, "abbeycross");
    const guesses = Array.from({ length: 40 }, () => ask("abbeycross", { url: off.url, source: "10.9.9.9" }, clientId, "wrong"));
    expect(await statusesOf(guesses)).toEqual(times(40, 409));
    expect(off.statements.filter((sql) => sql.includes("attempts"))).toEqual([]);
    await off.stop();
  });
});

describe("a failed authentication that cannot be counted", () => {
  it("is answered with 503, not as bad credentials, and good credentials are not admitted unchecked either", async () => {
    const wire = await makeFaultyWire();
    const connectThrough = (connection: Record<string, unknown>) => wire.through(connection);
    const cut = await startPolymint({ limits: { failures: limit }, connectThrough, trustedProxies, statementTimeoutMs: 1000 });
    const { clientId, secret } = clientOf(cut, "firstvision");
    const statusOf = async (proof: string) => (await ask("firstvision", { url: cut.url, source: "10.9.9.9" }, clientId, proof)).status;
    expect(await statusOf(secret)).toBe(200);
    wire.cut();
    // The client is still in the cache, so its secret could be compared.
    expect(await statusOf("wrong")).toBe(503);
    expect(await statusOf(secret)).toBe(503);
    wire.mend();
    expect([await statusOf("wrong"), await statusOf(secret)]).toEqual([401, 200]);
    await cut.stop();
    await wire.close();
  });
});

/** Counts that are not shared between servers. */
function makeLocalCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    findBlockedSeconds: (subject, { failures, windowSeconds }) =>
      Promise.resolve((counts.get(subject) ?? 0) >= failures ? windowSeconds : 0),
    add(subject, _limit, _now, more = 1) {
      counts.set(subject, (counts.get(subject) ?? 0) + more);
      return Promise.resolve(counts.get(subject) ?? 0);
    },
  };
}

describe("counts that two servers do not share", () => {
  it("(control) let twice as many failures through", async () => {
    const alone = await startPolymint({ limits: { failures: limit }, counts: makeLocalCounts(), trustedProxies });
    const beside = await startPolymint({ limits: { failures: limit }, counts: makeLocalCounts(), trustedProxies });
    const { clientId } = clientOf(alone, "abbeycross");
    const seen: number[] = [];
    for (let tries = 0; tries < 42; tries += 1) {
      const { url } = tries % 2 === 0 ? alone : beside;
      seen.push(...(await statusesOf([ask("abbeycross", { url, source: "10.9.9.9" }, clientId, "wrong")])));
    }
    expect(seen).toEqual([...times(40, 409), ...times(2, 429)]);
    await alone.stop();
    await beside.stop();
  });
});

describe("failed authentications from one subnet, with a new client id each time", () => {
  it("are limited at every server and leave no more rows than the limit allows", async () => {
    const stranger = await startPolymint({ limits: { failures: limit, failuresFrom: { count: 30, windowSeconds: 900 } }, trustedProxies });
    const other = await stranger.startAnother();
    try {
      const guess = (index: number) =>
        ask("firstvision", { url: index % 2 === 0 ? stranger.url : other.url, source: `192.0.2.${index}` }, `made-up-${index}`, "x");
      const told: number[] = [];
      for (let index = 0; index < 40; index += 1) told.push((await guess(index)).status);
      expect(told).toEqual([...times(30, 401), ...times(10, 429)]);
      const rows = await stranger.database.build((knex) => knex("attempts").pluck<string[]>("subject"));
      expect(rows).toHaveLength(31);
      const { clientId, secret } = clientOf(stranger, "firstvision");
      expect((await ask("firstvision", { url: stranger.url, source: "198.51.100.1" }, clientId, secret)).status).toBe(200);
      stranger.clock.advance(900);
      expect((await guess(41)).status).toBe(401);
    } finally {
      await stranger.stop();
    }
  });
});
