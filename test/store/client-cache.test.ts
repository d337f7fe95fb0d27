import type { ClientRegistry } from "../../src/engine/ports/clients";
import type { Client } from "../../src/engine/client";
import { makeClientAdmin } from "../../src/store/clients/admin";
import { makeClientCache } from "../../src/store/clients/cache";
import { makeClientRegistry } from "../../src/store/clients/registry";
import { type Database, openDatabase } from "../../src/store/database";
import { digestOf, makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

let own: OwnDatabase;
let database: Database;
let registry: ClientRegistry;
const statements: string[] = [];
/** Milliseconds by the cache's own clock. */
let at = 0;
const cacheOf = (asked: ClientRegistry) => makeClientCache(asked, { now: () => at });

beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
  registry = makeClientRegistry({ database: own.open({ onStatement: (sql) => statements.push(sql) }), clock: () => now });
  const client = { name: "A client", contracts: ["abbeycross"], grants: [], authMethods: [] } as const;
  await makeClientAdmin(database).create({ ...client, id: "known", secretDigest: digestOf("secret") }, now);
  await makeClientAdmin(database).create({ ...client, id: "another" }, now);
});
beforeEach(async () => {
  at = 0;
  statements.length = 0;
  await setStatus("active");
});
afterAll(() => own.drop());

const setStatus = (status: Client["status"]) => makeClientAdmin(database).setStatus("known", status, now);

describe("the client cache", () => {
  it("asks once for each second, by id and by secret", async () => {
    const cache = cacheOf(registry);
    for (const ms of [0, 500, 999]) {
      at = ms;
      expect((await cache.byId("known"))?.id).toBe("known");
      expect((await cache.bySecretDigest(digestOf("secret")))?.id).toBe("known");
    }
    expect(statements).toHaveLength(2);
    at = 1000;
    await cache.byId("known");
    await cache.bySecretDigest(digestOf("secret"));
    expect(statements).toHaveLength(4);
  });

  it("asks once for many who want the same at once", async () => {
    const cache = cacheOf(registry);
    const found = await Promise.all(Array.from({ length: 100 }, () => cache.byId("known")));
    expect(found.map((client) => client?.id)).toEqual(found.map(() => "known"));
    expect(statements).toHaveLength(1);
    await Promise.all([cache.byId("known"), cache.byId("another")]);
    expect(statements).toHaveLength(2);
  });

  it("counts the second from when the look-up began", async () => {
    const cache = cacheOf({
      ...registry,
      byId: async (id) => {
        at += 700;
        return registry.byId(id);
      },
    });
    await cache.byId("known");
    at = 999;
    await cache.byId("known");
    expect(statements).toHaveLength(1);
    at = 1000;
    await cache.byId("known");
    expect(statements).toHaveLength(2);
  });

  it("remembers a miss for a second, and no longer", async () => {
    const cache = cacheOf(registry);
    expect(await cache.byId("newcomer")).toBeUndefined();
    const client = { id: "newcomer", name: "New", contracts: [], grants: [], authMethods: [] };
    await makeClientAdmin(database).create(client, now);
    at = 999;
    expect(await cache.byId("newcomer")).toBeUndefined();
    expect(statements).toHaveLength(1);
    at = 1000;
    expect((await cache.byId("newcomer"))?.id).toBe("newcomer");
    await makeClientAdmin(database).delete("newcomer");
    at = 2000;
    expect(await cache.byId("newcomer")).toBeUndefined();
  });

  it("remembers no failure, and serves nothing past its second when the database is away", async () => {
    let away = false;
    const nowhere = openDatabase({
      connection: "postgres://x@127.0.0.1:1/x",
      poolMax: 1,
      connectTimeoutMs: 5000,
      statementTimeoutMs: 5000,
    });
    const lost = makeClientRegistry({ database: nowhere, clock: () => now });
    const cache = cacheOf({ ...registry, byId: (id) => (away ? lost : registry).byId(id) });
    await cache.byId("known");
    away = true;
    at = 999;
    expect((await cache.byId("known"))?.id).toBe("known");
    at = 1000;
    await expect(cache.byId("known")).rejects.toMatchObject({ kind: "unreachable" });
    await expect(cache.byId("known")).rejects.toMatchObject({ kind: "unreachable" });
    away = false;
    expect((await cache.byId("known"))?.id).toBe("known");
    await nowhere.close();
  });

  it("does not let guesses push clients out", async () => {
    const cache = cacheOf({ ...registry, byId: (id) => (id.startsWith("guess") ? Promise.resolve(undefined) : registry.byId(id)) });
    await cache.byId("known");
    for (let guess = 0; guess < 12_000; guess += 1) await cache.byId(`guess ${guess}`);
    await cache.byId("known");
    expect(statements).toHaveLength(1);
  });

  /** A client that asks twice a second is disabled. @returns milliseconds until that is noticed, 5000 for never */
  async function noticesAfter(cache: ClientRegistry): Promise<number> {
    await cache.byId("known");
    await setStatus("disabled");
    for (at = 0; at < 5000; at += 500) if ((await cache.byId("known"))?.status === "disabled") break;
    return at;
  }

  it("notices within a second that a busy client was disabled", async () => {
    expect(await noticesAfter(cacheOf(registry))).toBe(1000);
  });

  it("would never notice if each use kept the answer alive", async () => {
    let kept: { client: Client | undefined; until: number } | undefined;
    const sliding: ClientRegistry = {
      ...registry,
      byId: async (id) => {
        const client = kept !== undefined && at < kept.until ? kept.client : await registry.byId(id);
        kept = { client, until: at + 1000 };
        return client;
      },
    };
    expect(await noticesAfter(sliding)).toBe(5000);
  });
});
