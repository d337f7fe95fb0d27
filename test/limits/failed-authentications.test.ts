import request, { type Response } from "supertest";
import type { Counts } from "../../src/engine/ports/counts";
import { makeFailedAuthentications } from "../../src/limits/failed-authentications";
import { makeDatabaseCounts } from "../../src/store/counts";
import { makeCoalescedCounts } from "../../src/limits/coalesced-counts";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeFaultyWire } from "../../src/contract-suite/faulty-wire";
import { type ContractName, contractNames } from "../harness/token-requests";
import { answered, ask, clientOf, proofOf, statusesOf, times, trustedProxies, wrongProofOf } from "./token-requests";

/** Wrong proofs from one /24 before further ones get 429. */
const limit = { count: 20, windowSeconds: 900 };
/** Wrong proofs from one address before none is checked any more. */
const addressLimit = { count: 30, windowSeconds: 60 };
/** What each contract answers to wrong and to right credentials. weavr's login is called with an unknown user. */
const wrong: Record<ContractName, number> = { abbeycross: 409, firstvision: 401, raidiam: 400, "screening-eagle": 401, weavr: 401 };
const right: Record<ContractName, number> = { abbeycross: 200, firstvision: 200, raidiam: 200, "screening-eagle": 200, weavr: 401 };

let polymint: TestPolymint;
let second: { url: string };
beforeAll(async () => {
  polymint = await startPolymint({ limits: { failures: addressLimit, failuresFrom: limit }, trustedProxies });
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
  it("block wrong proofs from that subnet at every server, and the right one nowhere, until the window ends", async () => {
    const { one, neighbour, elsewhere } = makeAddresses();
    expect(statuses(await failAt(contract, one, 20))).toEqual(times(20, wrong[contract]));
    for (const source of [one, neighbour]) {
      const blocked = await failAt(contract, source, 2);
      expect(blocked.map(({ status, headers }) => [status, headers["retry-after"]])).toEqual(Array(2).fill([429, "900"]));
      for (const url of [polymint.url, second.url]) expect((await prove(contract, source, url)).status).toBe(right[contract]);
    }
    expect(statuses(await failAt(contract, elsewhere, 1))).toEqual([wrong[contract]]);
    polymint.clock.advance(450);
    expect((await failAt(contract, one, 1))[0]?.headers["retry-after"]).toBe("450");
    polymint.clock.advance(450);
    expect(statuses(await failAt(contract, one, 1))).toEqual([wrong[contract]]);
  });
});

describe("the limit of failed authentications from a subnet", () => {
  it("is answered in each contract's own words", async () => {
    const { one } = makeAddresses();
    await failAt("abbeycross", one, 20);
    const refused = async (contract: ContractName) => (await failAt(contract, one, 1))[0];
    const weavr = await refused("weavr");
    expect(weavr?.text).toBe("");
    expect(weavr?.headers).toMatchObject({
      "x-ratelimit-limit": "20, 30;w=60, 20;w=900",
      "x-ratelimit-reset": "900",
      "retry-after": "900",
    });
    expect((await refused("firstvision"))?.body).toMatchObject([{ errorCode: "242901", status: 429, title: "Too Many Requests" }]);
    expect((await refused("abbeycross"))?.body).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect((await refused("screening-eagle"))?.body).toMatchObject({ error: "Too Many Requests" });
    expect((await refused("raidiam"))?.text).toBe("");
  });

  it("answers an unknown client like a known one with a wrong secret, before the block and after", async () => {
    const { one, elsewhere } = makeAddresses();
    const known = await failAt("screening-eagle", one, 22);
    const unknown: Response[] = [];
    for (let tries = 0; tries < 22; tries += 1)
      unknown.push(await ask("screening-eagle", { url: polymint.url, source: elsewhere }, "no-such-client", "x"));
    expect(statuses(unknown)).toEqual(statuses(known));
    expect(statuses(known)).toEqual([...times(20, 401), ...times(2, 429)]);
    const shown = (answers: Response[]) => [answers.at(-1)?.status, answers.at(-1)?.text, answers.at(-1)?.headers["retry-after"]];
    expect(shown(unknown)).toEqual(shown(known));
  });

  it("lets a public client pass, which has nothing to guess", async () => {
    const { one } = makeAddresses();
    await failAt("abbeycross", one, 25);
    const registration = { contracts: ["raidiam"], authMethods: ["none" as const], grants: ["device_code" as const], scopes: ["read"] };
    const { client } = await polymint.register(registration);
    const authorizeDevice = (clientId: string) =>
      request(polymint.url).post("/device_authorization").set("X-Forwarded-For", one).type("form").send({ client_id: clientId });
    expect(await statusesOf([authorizeDevice(client.id), authorizeDevice("no-such-client")])).toEqual([200, 429]);
  });

  it("counts IPv6 addresses by their /64", async () => {
    await failAt("abbeycross", "2001:db8:1:2::1", 20);
    expect(statuses(await failAt("abbeycross", "2001:db8:1:2:ffff::9", 1))).toEqual([429]);
    expect((await prove("abbeycross", "2001:db8:1:2:ffff::9")).status).toBe(200);
    expect(statuses(await failAt("abbeycross", "2001:db8:1:3::1", 1))).toEqual([409]);
  });

  it("answers no more than twenty of sixty guesses that arrive at once with anything but 429", async () => {
    const { one } = makeAddresses();
    const { clientId } = clientOf(polymint, "firstvision");
    const guesses = Array.from({ length: 60 }, (_, index) => {
      const url = index % 2 === 0 ? polymint.url : second.url;
      return ask("firstvision", { url, source: one }, clientId, `guess-${index}`);
    });
    expect((await statusesOf(guesses)).sort()).toEqual([...times(20, 401), ...times(40, 429)]);
  });
});

describe("the limit of failed authentications from an address", () => {
  it("stops every check for that address alone, the right proof's too, and only for its short window", async () => {
    const { one, neighbour } = makeAddresses();
    expect(statuses(await failAt("raidiam", one, 31))).toEqual([...times(20, 400), ...times(11, 429)]);
    for (const url of [polymint.url, second.url]) {
      const stopped = await prove("raidiam", one, url);
      expect([stopped.status, stopped.headers["retry-after"]]).toEqual([429, "60"]);
      expect((await prove("raidiam", neighbour, url)).status).toBe(200);
    }
    polymint.clock.advance(60);
    expect((await prove("raidiam", one)).status).toBe(200);
  });

  it("bounds the signatures that are checked in vain, and the statements, whatever ids the junk claims", async () => {
    const { one } = makeAddresses();
    const beforeLogs = polymint.logs.length;
    const junk = (index: number) => {
      const made = clientOf(polymint, "raidiam").assertion(polymint.issuer);
      const [header, payload] = made.split(".");
      return ask("raidiam", { url: polymint.url, source: one }, "", [header, payload, `${"A".repeat(80)}${100_000 + index}`].join("."));
    };
    for (let index = 0; index < 60; index += 1) await junk(index);
    const details = polymint.logs.slice(beforeLogs).map(({ detail }) => String(detail));
    // What was checked in vain is answered with the subnet's block, what was not checked with the address's.
    expect(details.filter((detail) => detail.includes("proofs that were checked in vain from")).length).toBe(30);
    const before = polymint.statements.length;
    for (let index = 0; index < 5; index += 1) expect((await junk(60 + index)).status).toBe(429);
    expect(polymint.statements.length).toBe(before);
  });
});

describe("a client with the right secret", () => {
  const junkFrom = async (url: string, source: string, clientIds: readonly string[]) => {
    for (const clientId of clientIds) await ask("firstvision", { url, source }, clientId, "junk");
  };
  const made = Array.from({ length: 25 }, (_, index) => `made-up-${index}`);

  it("is not locked out by junk under its own id, nor by made-up ids, from its own address", async () => {
    const { one } = makeAddresses();
    const { clientId } = clientOf(polymint, "firstvision");
    await junkFrom(
      polymint.url,
      one,
      times(20, 0).map(() => clientId),
    );
    expect((await prove("firstvision", one)).status).toBe(200);
    polymint.clock.advance(900);
    await junkFrom(polymint.url, one, made);
    expect((await prove("firstvision", one)).status).toBe(200);
  });

  it("(control) is locked out if nothing is checked beyond the block", async () => {
    const blocking = await startPolymint({ limits: { failures: limit }, trustedProxies });
    await junkFrom(blocking.url, "10.9.9.9", made);
    const { clientId, secret } = clientOf(blocking, "firstvision");
    expect((await ask("firstvision", { url: blocking.url, source: "10.9.9.9" }, clientId, secret)).status).toBe(429);
    await blocking.stop();
  });
});

describe("the limits of failed authentications", () => {
  it("let failures that arrive at once share their statements, where counts that are not coalesced send more than one each", async () => {
    const statementsOf = async (counts: Counts, source: string): Promise<number> => {
      const failures = makeFailedAuthentications(counts, { what: "made up", originOf: (from) => from }, { ...limit, inForce: [] });
      const before = polymint.statements.length;
      const tries = Array.from({ length: 400 }, async () => {
        await failures.mustNotBeBlocked(source, polymint.clock());
        await failures.countFailure(source, polymint.clock());
      });
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(20);
      return polymint.statements.length - before;
    };
    const attempts = makeDatabaseCounts(polymint.database);
    expect(await statementsOf(makeCoalescedCounts(attempts), makeAddresses().one)).toBeLessThanOrEqual(10);
    expect(await statementsOf(attempts, makeAddresses().one)).toBeGreaterThan(400);
  });

  it("count malformed assertions too", async () => {
    const { one } = makeAddresses();
    const present = (assertion: string) => ask("raidiam", { url: polymint.url, source: one }, "", assertion);
    expect((await statusesOf(Array.from({ length: 21 }, () => present("no JWT")))).sort()).toEqual([...times(20, 400), 429]);
    expect(await statusesOf([present(proofOf(polymint, "raidiam"))])).toEqual([200]);
  });

  it("do not count other refusals", async () => {
    const { one } = makeAddresses();
    const { clientId, secret } = clientOf(polymint, "screening-eagle");
    const from = { url: polymint.url, source: one };
    const disallowed = () => ask("screening-eagle", from, clientId, secret, "not-mine");
    expect(await statusesOf(Array.from({ length: 25 }, disallowed))).toEqual(times(25, 403));
    const noCredential = () =>
      request(polymint.url).post("/oauth2/introspect").set("X-Forwarded-For", one).type("form").send({ token: "x" });
    expect(await statusesOf(Array.from({ length: 25 }, noCredential))).toEqual(times(25, 401));
    expect(statuses(await failAt("screening-eagle", one, 1))).toEqual([401]);
  });

  it("hold at introspection too", async () => {
    const { one } = makeAddresses();
    await failAt("abbeycross", one, 20);
    const { clientId, secret } = clientOf(polymint, "abbeycross");
    const introspect = (proof: string) => {
      const test = request(polymint.url).post("/oauth2/introspect").set("X-Forwarded-For", one).type("form");
      return test.send({ client_id: clientId, client_secret: proof, token: "x" });
    };
    expect(await statusesOf([introspect("wrong"), introspect(secret)])).toEqual([429, 403]);
  });

  it("store and log no claimed id, which may be a secret in the wrong field", async () => {
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
    takeBack: () => Promise.resolve(),
  };
}

describe("counts that two servers do not share", () => {
  it("(control) let twice as many failures through", async () => {
    const alone = await startPolymint({ limits: { failuresFrom: limit }, counts: makeLocalCounts(), trustedProxies });
    const beside = await startPolymint({ limits: { failuresFrom: limit }, counts: makeLocalCounts(), trustedProxies });
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
