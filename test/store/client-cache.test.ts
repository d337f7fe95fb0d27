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
/** The time of the cache's clock, milliseconds. */
let at = 0;
const makeCache = (source: ClientRegistry) => makeClientCache(source, { now: () => at });

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
  it("asks the registry once per second, by id and by secret", async () => {
    const cache = makeCache(registry);
    for (const ms of [0, 500, 999]) {
      at = ms;
      expect((await cache.findById("known"))?.id).toBe("known");
      expect((await cache.findBySecretDigest(digestOf("secret")))?.id).toBe("known");
    }
    expect(statements).toHaveLength(2);
    at = 1000;
    await cache.findById("known");
    await cache.findBySecretDigest(digestOf("secret"));
    expect(statements).toHaveLength(4);
  });

  it("asks the registry once for many simultaneous look-ups of the same client", async () => {
    const cache = makeCache(registry);
    const found = await Promise.all(Array.from({ length: 100 }, () => cache.findById("known")));
    expect(found.map((client) => client?.id)).toEqual(found.map(() => "known"));
    expect(statements).toHaveLength(1);
    await Promise.all([cache.findById("known"), cache.findById("another")]);
    expect(statements).toHaveLength(2);
  });

  it("counts the second from the start of the look-up", async () => {
    const cache = makeCache({
      ...registry,
      findById: async (id) => {
        at += 700;
        return registry.findById(id);
      },
    });
    await cache.findById("known");
    at = 999;
    await cache.findById("known");
    expect(statements).toHaveLength(1);
    at = 1000;
    await cache.findById("known");
    expect(statements).toHaveLength(2);
  });

  it("remembers for a second, and no longer, that a client is unknown", async () => {
    const cache = makeCache(registry);
    expect(await cache.findById("newcomer")).toBeUndefined();
    const client = { id: "newcomer", name: "New", contracts: [], grants: [], authMethods: [] };
    await makeClientAdmin(database).create(client, now);
    at = 999;
    expect(await cache.findById("newcomer")).toBeUndefined();
    expect(statements).toHaveLength(1);
    at = 1000;
    expect((await cache.findById("newcomer"))?.id).toBe("newcomer");
    await makeClientAdmin(database).delete("newcomer", now);
    at = 2000;
    expect(await cache.findById("newcomer")).toBeUndefined();
  });

  it("remembers no failure, and serves no client for longer than a second when the database is unreachable", async () => {
    let isAway = false;
    const nowhere = openDatabase({
      connection: "postgres://x@127.0.0.1:1/x",
      poolMax: 1,
      connectTimeoutMs: 5000,
      statementTimeoutMs: 5000,
    });
    const unreachable = makeClientRegistry({ database: nowhere, clock: () => now });
    const cache = makeCache({ ...registry, findById: (id) => (isAway ? unreachable : registry).findById(id) });
    await cache.findById("known");
    isAway = true;
    at = 999;
    expect((await cache.findById("known"))?.id).toBe("known");
    at = 1000;
    await expect(cache.findById("known")).rejects.toMatchObject({ kind: "unreachable" });
    await expect(cache.findById("known")).rejects.toMatchObject({ kind: "unreachable" });
    isAway = false;
    expect((await cache.findById("known"))?.id).toBe("known");
    await nowhere.close();
  });

  it("does not evict clients when thousands of unknown ids are looked up", async () => {
    const cache = makeCache({
      ...registry,
      findById: (id) => (id.startsWith("guess") ? Promise.resolve(undefined) : registry.findById(id)),
    });
    await cache.findById("known");
    for (let guess = 0; guess < 12_000; guess += 1) await cache.findById(`guess ${guess}`);
    await cache.findById("known");
    expect(statements).toHaveLength(1);
  });

  /** A client that asks twice a second is disabled. @returns milliseconds until the cache says so, 5000 for never */
  async function measureStaleness(cache: ClientRegistry): Promise<number> {
    await cache.findById("known");
    await setStatus("disabled");
    for (at = 0; at < 5000; at += 500) if ((await cache.findById("known"))?.status === "disabled") break;
    return at;
  }

  it("says within a second that a busy client was disabled", async () => {
    expect(await measureStaleness(makeCache(registry))).toBe(1000);
  });

  it("(control) a cache that each use prolongs never says that a busy client was disabled", async () => {
    let cached: { client: Client | undefined; until: number } | undefined;
    const sliding: ClientRegistry = {
      ...registry,
      findById: async (id) => {
        const client = cached !== undefined && at < cached.until ? cached.client : await registry.findById(id);
        cached = { client, until: at + 1000 };
        return client;
      },
    };
    expect(await measureStaleness(sliding)).toBe(5000);
  });
});
