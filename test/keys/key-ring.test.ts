import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import request from "supertest";
import { longestTokenSeconds, type SigningAlgorithm } from "../../src/engine/client";
import { type KeyRing, makeKeyRing } from "../../src/keys/key-ring";
import { type KeyState, findNextGeneration, deriveKeyStates } from "../../src/keys/lifecycle";
import { makeUnsealedKey, sealKey, type SigningKeyStore } from "../../src/keys/signing-key";
import { type Database, openDatabase } from "../../src/store/database";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { makeTestDatabase } from "../../src/testkit/test-database";

const slackSeconds = 60;

describe("the states of a key", () => {
  const key = (generation: number, activeFrom: number, algorithm: SigningAlgorithm = "ES256") => {
    const sealed = { sealedPrivateKey: Buffer.alloc(0), sealedDataKey: Buffer.alloc(0), publicJwk: null };
    return { kid: `${algorithm} ${generation}`, algorithm, generation, ...sealed, createdAt: 0, activeFrom, withdrawnAt: null };
  };
  const rows = [key(1, 0), key(2, 1000), key(1, 0, "RS256")];
  const statesAfter = (seconds: number): (KeyState | undefined)[] => {
    const states = deriveKeyStates(rows, seconds * 1000, { longestTokenSeconds: 500 });
    return rows.map(({ kid }) => states.get(kid));
  };

  it.each([
    [0, "active", "next"],
    [999.999, "active", "next"],
    [1000, "retired", "active"],
    [1000 + 500 + slackSeconds - 0.001, "retired", "active"],
    [1000 + 500 + slackSeconds, "expired", "active"],
    [1e9, "expired", "active"],
  ])(
    "are after %s s: %s for the first key, %s for its successor, and active for the key of another algorithm",
    (seconds, first, second) => {
      expect(statesAfter(seconds)).toEqual([first, second, "active"]);
    },
  );

  it("change to retired when the first of several successors takes over", () => {
    const several = [key(1, 0), key(2, 1000), key(3, 700)];
    const states = deriveKeyStates(several, 800_000, { longestTokenSeconds: 500 });
    expect(several.map(({ kid }) => states.get(kid))).toEqual(["retired", "next", "active"]);
  });
});

describe("a rotation", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  async function kidOfNewToken(): Promise<string | undefined> {
    const { clientId, secret } = polymint.clients.abbeycross;
    const response = await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
    return decode((response.body as { access_token: string }).access_token, { complete: true })?.header.kid;
  }

  async function published(): Promise<string[]> {
    const { body } = (await request(polymint.url).get("/.well-known/jwks.json").expect(200)) as {
      body: { keys: { kid: string; alg: string }[] };
    };
    return body.keys.filter(({ alg }) => alg === "ES256").map(({ kid }) => kid);
  }

  it("publishes the next key before it signs, and the old key until the last token it signed has expired", async () => {
    const store = makeSigningKeys(polymint.database);
    const [old] = (await store.list()).filter(({ algorithm }) => algorithm === "ES256");
    const createdAt = polymint.clock() / 1000;
    const times = { createdAt, activeFrom: createdAt + 600 };
    const next = sealKey(await makeUnsealedKey("ES256"), findNextGeneration(await store.list(), "ES256"), times, polymint.masterKey);
    expect(await published()).toEqual([old?.kid]);
    expect(await store.insertIfAbsent(next)).toBe(true);
    // Until the running server has read it; the test's own time limit is the bound.
    while (!(await published()).includes(next.kid)) await sleep(50);
    expect(await published()).toEqual([old?.kid, next.kid]);
    expect(await kidOfNewToken()).toBe(old?.kid);
    polymint.clock.advance(599);
    expect(await kidOfNewToken()).toBe(old?.kid);
    polymint.clock.advance(1);
    expect(await kidOfNewToken()).toBe(next.kid);
    polymint.clock.advance(longestTokenSeconds);
    expect(await published()).toEqual([old?.kid, next.kid]);
    polymint.clock.advance(slackSeconds);
    expect(await published()).toEqual([next.kid]);
  });
});

describe("a key ring", () => {
  const masterKey = randomBytes(32);
  const now = Date.UTC(2026, 0, 15, 12);
  const algorithms = ["ES256", "HS256"] as const;
  let own: Awaited<ReturnType<typeof makeTestDatabase>>;
  let servers: Database[];

  beforeAll(async () => {
    own = await makeTestDatabase(process.env.DATABASE_URL);
    const settings = { connection: own.connection, poolMax: 2, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 };
    servers = Array.from({ length: 3 }, () => openDatabase(settings));
    await Promise.all(servers.map((database) => database.ping()));
  });
  afterEach(async () => {
    await servers[0]?.build((knex) => knex("signing_keys").delete());
  });
  afterAll(async () => {
    await Promise.all(servers.map((database) => database.close()));
    await own.drop();
  });

  const ringOn = (store: SigningKeyStore, more: { masterKey?: Buffer; monotonic?: () => number } = {}) =>
    makeKeyRing({ store, masterKey, clock: () => now, longestTokenSeconds, ...more });
  const stored = async () => (servers[0] === undefined ? [] : makeSigningKeys(servers[0]).list());

  /** Starts all servers at once; they need the same keys. @returns the ids of the keys each server signs with */
  async function startAllAtOnce(storeOn: (database: Database) => SigningKeyStore): Promise<string[][]> {
    const rings = servers.map((database) => ringOn(storeOn(database)));
    await Promise.all(rings.map((ring) => ring.ensureKeys(algorithms)));
    const kids = (ring: KeyRing) => Promise.all(algorithms.map(async (algorithm) => (await ring.getActiveKey(algorithm)).kid));
    return Promise.all(rings.map(kids));
  }

  it("makes one key of each algorithm when three servers start at once, and all sign with it", async () => {
    const kids = await startAllAtOnce(makeSigningKeys);
    expect(await stored()).toHaveLength(algorithms.length);
    expect(kids).toEqual([kids[0], kids[0], kids[0]]);
  });

  it("(control) makes more keys if the generation does not decide which server was first", async () => {
    const makeInsistentStore = (database: Database): SigningKeyStore => {
      const store = makeSigningKeys(database);
      const insertIfAbsent: SigningKeyStore["insertIfAbsent"] = async (row) =>
        (await store.insertIfAbsent(row)) || insertIfAbsent({ ...row, generation: row.generation + 1 });
      return { ...store, insertIfAbsent, changeExclusively: (work) => work({ ...store, insertIfAbsent }) };
    };
    await startAllAtOnce(makeInsistentStore);
    expect((await stored()).length).toBeGreaterThan(algorithms.length);
  });

  it("keeps existing keys over restarts", async () => {
    const [database] = servers;
    if (database === undefined) throw new Error("no server");
    const ring = ringOn(makeSigningKeys(database));
    await ring.ensureKeys(["ES256"]);
    const before = await stored();
    await ringOn(makeSigningKeys(database)).ensureKeys(["ES256"]);
    expect(await stored()).toEqual(before);
  });

  it("refuses to start under another master key", async () => {
    const [database] = servers;
    if (database === undefined) throw new Error("no server");
    await ringOn(makeSigningKeys(database)).ensureKeys(["ES256"]);
    const other = ringOn(makeSigningKeys(database), { masterKey: randomBytes(32) });
    await expect(other.ensureKeys(["ES256"])).rejects.toThrow(/POLYMINT_MASTER_KEY/);
  });

  it("names the command to run when an algorithm has no key", async () => {
    const [database] = servers;
    if (database === undefined) throw new Error("no server");
    await expect(ringOn(makeSigningKeys(database)).getActiveKey("PS256")).rejects.toThrow(/polymint key rotate --alg PS256/);
  });

  it("reads the keys once a second for many requests, and again after a failure", async () => {
    const [database] = servers;
    if (database === undefined) throw new Error("no server");
    const store = makeSigningKeys(database);
    let [at, reads, away] = [0, 0, false];
    const list = async () => {
      reads += 1;
      if (away) throw new Error("away");
      return store.list();
    };
    const ring = ringOn({ ...store, list }, { monotonic: () => at });
    await ring.ensureKeys(["ES256"]);
    reads = 0;
    at = 1000;
    await Promise.all(Array.from({ length: 50 }, () => ring.getActiveKey("ES256")));
    at = 1999;
    await ring.getActiveKey("ES256");
    expect(reads).toBe(1);
    at = 2000;
    away = true;
    await expect(ring.getActiveKey("ES256")).rejects.toThrow("away");
    away = false;
    await ring.getActiveKey("ES256");
    expect(reads).toBe(3);
  });

  it("reads the keys again for an unknown kid, at most ten times a second", async () => {
    const [database] = servers;
    if (database === undefined) throw new Error("no server");
    const store = makeSigningKeys(database);
    let [at, reads] = [0, 0];
    const list = async () => {
      reads += 1;
      return store.list();
    };
    const ring = ringOn({ ...store, list }, { monotonic: () => at });
    await ring.ensureKeys(["ES256"]);
    reads = 0;
    const times = { createdAt: now / 1000, activeFrom: now / 1000 };
    const row = sealKey(await makeUnsealedKey("ES256"), 2, times, masterKey);
    await store.insertIfAbsent(row);
    for (at of [0, 99]) expect(await ring.findVerifyingKey(row.kid)).toBeUndefined();
    expect(reads).toBe(0);
    at = 100;
    expect((await ring.findVerifyingKey(row.kid))?.kid).toBe(row.kid);
    await Promise.all(Array.from({ length: 50 }, () => ring.findVerifyingKey("made up")));
    expect(reads).toBe(1);
  });

  it("verifies with keys that sign or have signed, but not with expired keys and those that have never signed", async () => {
    const [database] = servers;
    if (database === undefined) throw new Error("no server");
    const store = makeSigningKeys(database);
    const seconds = now / 1000;
    const over = seconds - longestTokenSeconds - 2 * slackSeconds;
    const activeFrom = [over - 10, over, seconds - 1, seconds + 1];
    const kids = await Promise.all(
      activeFrom.map(async (from, at) => {
        const row = sealKey(await makeUnsealedKey("ES256"), at + 1, { createdAt: from, activeFrom: from }, masterKey);
        await store.insertIfAbsent(row);
        return row.kid;
      }),
    );
    const ring = ringOn(store);
    const verifying = await Promise.all(kids.map(async (kid) => (await ring.findVerifyingKey(kid))?.kid));
    expect(verifying).toEqual([undefined, kids[1], kids[2], undefined]);
    expect((await ring.listPublishedKeys()).map(({ kid }) => kid)).toEqual(kids.slice(1));
  });
});
