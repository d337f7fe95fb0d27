import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import request from "supertest";
import { createApp } from "../../src/app";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeKeyRing } from "../../src/keys/key-ring";
import { keySetMaxAgeSeconds, leastLeadSeconds } from "../../src/keys/publication";
import { rotateSigningKey, type RotationResult } from "../../src/keys/rotate";
import type { SigningKeyStore } from "../../src/keys/signing-key";
import type { Database } from "../../src/store/database";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { tokenOf } from "../harness/bearer-tokens";
import { makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";
import { appOptionsOf } from "../harness/app-options";

jest.setTimeout(30_000);

const algorithm = "ES256";

describe("a verifier that caches the key set as long as allowed", () => {
  let polymint: TestPolymint;
  beforeEach(async () => {
    polymint = await startPolymint();
  });
  afterEach(() => polymint.stop());

  async function published(): Promise<string[]> {
    const { body } = (await request(polymint.url).get("/.well-known/jwks.json").expect(200)) as { body: { keys: { kid: string }[] } };
    return body.keys.map(({ kid }) => kid);
  }

  /** Rotates and checks tokens at several seconds after it. @returns the seconds at which the verifier did not know the key */
  async function listUnknownKeySeconds(leadSeconds: number): Promise<number[]> {
    let known = await published();
    const fetchedAt = polymint.clock();
    const ask = { algorithm, now: polymint.clock() / 1000, leadSeconds, longestTokenSeconds, masterKey: polymint.masterKey } as const;
    const { kid } = await rotateSigningKey(makeSigningKeys(polymint.database), ask);
    while (!(await published()).includes(kid)) await sleep(50);
    const unknownAt: number[] = [];
    for (const second of [0, leadSeconds - 1, leadSeconds, keySetMaxAgeSeconds - 1, keySetMaxAgeSeconds, leastLeadSeconds]) {
      polymint.clock.advance(second - (polymint.clock() - fetchedAt) / 1000);
      if (second >= keySetMaxAgeSeconds) known = await published();
      const signedWith = decode(await tokenOf(polymint, "abbeycross"), { complete: true })?.header.kid ?? "";
      if (!known.includes(signedWith)) unknownAt.push(second);
    }
    return unknownAt;
  }

  it("knows the key of every token, with the least lead that the configuration allows", async () => {
    expect(await listUnknownKeySeconds(leastLeadSeconds)).toEqual([]);
  });

  it("(control) meets tokens of an unknown key with a shorter lead", async () => {
    expect(await listUnknownKeySeconds(keySetMaxAgeSeconds - 1)).not.toEqual([]);
  });
});

describe("the first key of an algorithm that no contract uses yet", () => {
  it("is published by running servers if it is made before a contract uses the algorithm", async () => {
    const polymint = await startPolymint();
    const { database, masterKey, clock } = polymint;
    const ask = { algorithm: "PS256", now: clock() / 1000, leadSeconds: 900, longestTokenSeconds, masterKey } as const;
    const { kid } = await rotateSigningKey(makeSigningKeys(database), ask);
    const published = async (): Promise<string> => (await request(polymint.url).get("/.well-known/jwks.json").expect(200)).text;
    while (!(await published()).includes(kid)) await sleep(50);
    const { app, warmed } = createApp({ ...appOptionsOf(polymint), tokens: { algorithms: new Map([["abbeycross", "PS256"]]) } });
    await warmed;
    const { clientId, secret } = polymint.clients.abbeycross;
    const given = await request(app).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
    expect(decode((given.body as { access_token: string }).access_token, { complete: true })?.header).toMatchObject({ kid, alg: "PS256" });
    await polymint.stop();
  });
});

describe("several servers that rotate at the same moment", () => {
  const masterKey = randomBytes(32);
  const ask = { algorithm, now: now / 1000, leadSeconds: 900, longestTokenSeconds, masterKey } as const;
  let own: OwnDatabase;
  let instances: Database[];
  beforeAll(async () => {
    own = await makeOwnDatabase();
    instances = Array.from({ length: 4 }, () => own.open());
    await Promise.all(instances.map((database) => database.ping()));
  });
  beforeEach(async () => {
    const [database] = instances;
    await database?.build((knex) => knex("signing_keys").delete());
    const store = makeSigningKeys(database as Database);
    await makeKeyRing({ store, masterKey, clock: () => now, longestTokenSeconds }).ensureKeys([algorithm]);
  });
  afterAll(() => own.drop());

  const rotateAll = (storeOn: (database: Database) => SigningKeyStore): Promise<RotationResult[]> =>
    Promise.all(instances.map((database) => rotateSigningKey(storeOn(database), ask)));
  const stored = () => makeSigningKeys(instances[0] as Database).list();

  it("make one new key, and all return it", async () => {
    const rotated = await rotateAll(makeSigningKeys);
    const [, next, ...more] = await stored();
    expect(more).toEqual([]);
    expect(new Set(rotated.map(({ kid }) => kid))).toEqual(new Set([next?.kid]));
    expect(rotated.filter(({ outcome }) => outcome === "made")).toHaveLength(1);
  });

  it("make no second key while one waits, as when their timers are not quite in step", async () => {
    for (const database of instances) await rotateSigningKey(makeSigningKeys(database), ask);
    expect(await stored()).toHaveLength(2);
  });

  it("(control) make several keys if each reads first and then takes the next free generation", async () => {
    const makeReadFirstStore = (database: Database): SigningKeyStore => {
      const store = makeSigningKeys(database);
      const insertIfAbsent: SigningKeyStore["insertIfAbsent"] = async (row) => {
        const generation = 1 + Math.max(...(await store.list()).map((each) => each.generation));
        return (await store.insertIfAbsent({ ...row, generation })) || insertIfAbsent(row);
      };
      return { ...store, insertIfAbsent, changeExclusively: (work) => work({ ...store, insertIfAbsent }) };
    };
    await rotateAll(makeReadFirstStore);
    expect((await stored()).length).toBeGreaterThan(2);
  });
});
