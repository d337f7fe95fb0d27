import request, { type Response } from "supertest";
import type { Counts } from "../../src/engine/ports/counts";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeFailedAuthentications } from "../../src/limits/failed-authentications";
import { makeDatabaseCounts } from "../../src/store/counts";
import { makeCoalescedCounts } from "../../src/limits/coalesced-counts";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeFaultyWire } from "../harness/faulty-wire";
import {
  answered,
  ask,
  clientOf,
  type Contract,
  contracts,
  proofOf,
  statusesOf,
  times,
  trustedProxies,
  wrongProofOf,
} from "./token-requests";

const limit = { count: 20, windowSeconds: 900 };
/** What each contract answers to a wrong proof, and to the right one: at weavr's login nobody is known. */
const wrong: Record<Contract, number> = { abbeycross: 409, firstvision: 401, raidiam: 400, "screening-eagle": 401, weavr: 401 };
const right: Record<Contract, number> = { abbeycross: 200, firstvision: 200, raidiam: 200, "screening-eagle": 200, weavr: 401 };

let polymint: TestPolymint;
let second: { url: string };
beforeAll(async () => {
  polymint = await startPolymint({ limits: { failures: limit }, trustedProxies });
  second = await polymint.another();
});
afterAll(() => polymint.stop());

/** Every test has networks of its own. */
let networks = 0;
function newNetwork(): { one: string; neighbour: string; elsewhere: string } {
  networks += 1;
  return { one: `10.0.${networks}.1`, neighbour: `10.0.${networks}.200`, elsewhere: `10.1.${networks}.1` };
}

async function fail(contract: Contract, source: string, count: number): Promise<Response[]> {
  const { clientId } = clientOf(polymint, contract);
  const answers: Response[] = [];
  for (let tries = 0; tries < count; tries += 1) {
    const url = tries % 2 === 0 ? polymint.url : second.url;
    answers.push(await answered(contract, ask(contract, { url, source }, clientId, wrongProofOf(polymint, contract))));
  }
  return answers;
}

async function prove(contract: Contract, source: string, url = polymint.url): Promise<Response> {
  return answered(contract, ask(contract, { url, source }, clientOf(polymint, contract).clientId, proofOf(polymint, contract)));
}

const statuses = (answers: Response[]) => answers.map(({ status }) => status);

describe.each(contracts)("twenty failed proofs at %s", (contract) => {
  it("block that client from there, at every server, and from nowhere else; the block ends by itself", async () => {
    const { one, neighbour, elsewhere } = newNetwork();
    expect(statuses(await fail(contract, one, 20))).toEqual(times(20, wrong[contract]));
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

describe("failed proofs", () => {
  it("say in each contract's words what the limit is", async () => {
    const { one } = newNetwork();
    const refused = async (contract: Contract) => {
      await fail(contract, one, 20);
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

  it("are counted per client: its neighbours behind the same address go on", async () => {
    const { one } = newNetwork();
    await fail("abbeycross", one, 21);
    const other = await polymint.register({ contracts: ["abbeycross"] });
    const from = { url: polymint.url, source: one };
    expect(await statusesOf([ask("abbeycross", from, other.client.id, other.secret?.value ?? "")])).toEqual([200]);
  });

  it("are counted for clients nobody knows in the same way", async () => {
    const { one } = newNetwork();
    const known = statuses(await fail("screening-eagle", one, 22));
    const unknown: number[] = [];
    for (let tries = 0; tries < 22; tries += 1) {
      unknown.push(...(await statusesOf([ask("screening-eagle", { url: polymint.url, source: one }, "no-such-client", "x")])));
    }
    expect(unknown).toEqual(known);
    expect(known).toEqual([...times(20, 401), ...times(2, 429)]);
  });

  it("are counted by the /64 of an IPv6 address", async () => {
    await fail("abbeycross", "2001:db8:1:2::1", 20);
    expect((await prove("abbeycross", "2001:db8:1:2:ffff::9")).status).toBe(429);
    expect((await prove("abbeycross", "2001:db8:1:3::1")).status).toBe(200);
  });

  it("are all counted when they come at once, and no more than twenty are told apart from the rest", async () => {
    const { one } = newNetwork();
    const { clientId } = clientOf(polymint, "firstvision");
    const guesses = Array.from({ length: 60 }, (_, index) => {
      const url = index % 2 === 0 ? polymint.url : second.url;
      return ask("firstvision", { url, source: one }, clientId, `guess-${index}`);
    });
    expect((await statusesOf(guesses)).sort()).toEqual([...times(20, 401), ...times(40, 429)]);
  });

  it("that come at once under one name share their statements; uncounted together they would have one each and more", async () => {
    const statementsOf = async (counts: Counts, source: string): Promise<number> => {
      const proofs = makeFailedAuthentications({ counts, digest: makeSecretDigest(Buffer.alloc(32)) }, { ...limit, inForce: [] });
      const before = polymint.statements.length;
      const tries = Array.from({ length: 400 }, async () => {
        await proofs.mustNotBeBlocked("made-up", source, polymint.clock());
        await proofs.countFailure("made-up", source, polymint.clock());
      });
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(20);
      return polymint.statements.length - before;
    };
    const attempts = makeDatabaseCounts(polymint.database);
    expect(await statementsOf(makeCoalescedCounts(attempts), newNetwork().one)).toBeLessThanOrEqual(10);
    expect(await statementsOf(attempts, newNetwork().one)).toBeGreaterThan(400);
  });

  it("are not what other refusals are", async () => {
    const { one } = newNetwork();
    const { clientId, secret } = clientOf(polymint, "screening-eagle");
    const from = { url: polymint.url, source: one };
    const disallowed = () => ask("screening-eagle", from, clientId, secret, "not-mine");
    expect(await statusesOf(Array.from({ length: 25 }, disallowed))).toEqual(times(25, 403));
    expect((await prove("screening-eagle", one)).status).toBe(200);
  });

  it("guard introspection too, whose clients are the same", async () => {
    const { one } = newNetwork();
    await fail("abbeycross", one, 20);
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const introspect = (source: string) => {
      const test = request(polymint.url).post("/oauth2/introspect").set("X-Forwarded-For", source).type("form");
      return test.send({ client_id: clientId, client_secret: secret, token: "x" });
    };
    expect(await statusesOf([introspect(one), introspect(newNetwork().one)])).toEqual([429, 403]);
  });

  it("leave nothing behind that was claimed: it may be a secret in the wrong place", async () => {
    const { one } = newNetwork();
    const from = { url: polymint.url, source: one };
    for (let tries = 0; tries < 21; tries += 1) await ask("abbeycross", from, "pms_a-secret-in-the-wrong-place", "x");
    const rows: unknown[] = await polymint.database.build((knex) => knex("attempts").select());
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify([rows, polymint.logs])).not.toContain("wrong-place");
  });
});

describe("a client that proves itself", () => {
  it("costs nothing more while that is fresh: no statement but the ledger's", async () => {
    const { one } = newNetwork();
    let statements: string[] = [];
    // A busy machine may need another try: what is remembered serves for a second.
    for (let tries = 0; tries < 20 && statements.length !== 1; tries += 1) {
      await prove("abbeycross", one);
      const before = polymint.statements.length;
      await prove("abbeycross", one);
      statements = polymint.statements.slice(before);
    }
    expect(statements).toEqual([expect.stringContaining("INSERT INTO issued_tokens")]);
  });
});

describe("limits that are off", () => {
  it("let anybody fail as often as they like, and write nothing", async () => {
    const off = await startPolymint({ trustedProxies });
    const { clientId } = clientOf(off, "abbeycross");
    const guesses = Array.from({ length: 40 }, () => ask("abbeycross", { url: off.url, source: "10.9.9.9" }, clientId, "wrong"));
    expect(await statusesOf(guesses)).toEqual(times(40, 409));
    expect(off.statements.filter((sql) => sql.includes("attempts"))).toEqual([]);
    await off.stop();
  });
});

describe("a failed proof that cannot be counted", () => {
  it("is answered as trouble of our own, never as bad credentials; nor is the right one let in unseen", async () => {
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

/** Every server counts by itself. */
function forgetful(): Counts {
  const counts = new Map<string, number>();
  return {
    blockedFor: (subject, { failures, windowSeconds }) => Promise.resolve((counts.get(subject) ?? 0) >= failures ? windowSeconds : 0),
    failed(subject, _limit, _now, more = 1) {
      counts.set(subject, (counts.get(subject) ?? 0) + more);
      return Promise.resolve(counts.get(subject) ?? 0);
    },
  };
}

describe("counts that are not shared", () => {
  it("would be seen: two servers let twice as many by", async () => {
    const alone = await startPolymint({ limits: { failures: limit }, counts: forgetful(), trustedProxies });
    const beside = await startPolymint({ limits: { failures: limit }, counts: forgetful(), trustedProxies });
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

describe("failed proofs from one neighbourhood, under a new name each time", () => {
  it("are limited too, at every server, and leave no more rows than that", async () => {
    const stranger = await startPolymint({ limits: { failures: limit, failuresFrom: { count: 30, windowSeconds: 900 } }, trustedProxies });
    const other = await stranger.another();
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
