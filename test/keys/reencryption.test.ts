import { randomBytes } from "node:crypto";
import request from "supertest";
import { createApp } from "../../src/app";
import type { SecretOptions } from "../../src/app/options";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeKeyRing } from "../../src/keys/key-ring";
import { reencryptSigningKeys } from "../../src/keys/reencrypt";
import { rotateSigningKey } from "../../src/keys/rotate";
import { UnsealError, type SigningKeyStore } from "../../src/keys/signing-key";
import { withdrawSigningKey } from "../../src/keys/withdraw";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { appOptionsOf } from "../harness/app-options";
import { tokenOf } from "../harness/bearer-tokens";
import { contractNames } from "../harness/token-requests";

jest.setTimeout(30_000);

let polymint: TestPolymint;
let store: SigningKeyStore;
let newKey: Buffer;
beforeEach(async () => {
  polymint = await startPolymint();
  store = makeSigningKeys(polymint.database);
  newKey = randomBytes(32);
});
afterEach(() => polymint.stop());

const ringUnder = (masterKey: Buffer) => makeKeyRing({ store, masterKey, clock: polymint.clock, longestTokenSeconds });
const starts = (masterKey: Buffer) => ringUnder(masterKey).ensureKeys(["ES256"]);
/** Replaces the data key of the last key by random bytes, so that no master key opens it. */
async function spoilLast(): Promise<string> {
  const kid = (await store.list()).at(-1)?.kid ?? "";
  await store.reseal(kid, randomBytes(60));
  return kid;
}

describe("re-encryption under a new master key", () => {
  it("seals every key: servers start with the new master key, and no longer with the old one", async () => {
    const before = await store.list();
    expect(await reencryptSigningKeys(store, polymint.masterKey, newKey)).toEqual({ keys: before.length, already: 0 });
    await starts(newKey);
    await expect(starts(polymint.masterKey)).rejects.toThrow(/POLYMINT_MASTER_KEY/);
    expect((await ringUnder(newKey).getActiveKey("ES256")).kid).toBe(
      (await ringUnder(newKey).listPublishedKeys()).find(({ alg }) => alg === "ES256")?.kid,
    );
  });

  it("leaves running servers working with keys in memory, and each logs one warning", async () => {
    for (const name of contractNames) await tokenOf(polymint, name);
    await reencryptSigningKeys(store, polymint.masterKey, newKey);
    const warnings = () => polymint.logs.filter(({ msg }) => String(msg).startsWith("The signing keys were sealed"));
    for (let round = 0; round < 2; round += 1) {
      polymint.clock.advance(2);
      for (const name of contractNames) await tokenOf(polymint, name);
    }
    expect(warnings()).toEqual([expect.objectContaining({ level: 40, kids: (await store.list()).map(({ kid }) => kid) })]);
  });

  it("can be repeated, and then seals keys that were sealed under the old master key meanwhile", async () => {
    const [first] = await store.list();
    await reencryptSigningKeys(store, polymint.masterKey, newKey);
    await store.reseal(first?.kid ?? "", first?.sealedDataKey ?? Buffer.alloc(0));
    const { length } = await store.list();
    expect(await reencryptSigningKeys(store, polymint.masterKey, newKey)).toEqual({ keys: 1, already: length - 1 });
    await starts(newKey);
  });

  it("changes no key if one cannot be opened, and names that key", async () => {
    const kid = await spoilLast();
    const before = await store.list();
    await expect(reencryptSigningKeys(store, polymint.masterKey, newKey)).rejects.toThrow(kid);
    expect(await store.list()).toEqual(before);
  });

  it("(control) leaves some keys sealed under each master key if it is not one transaction", async () => {
    await spoilLast();
    const before = await store.list();
    const apart: SigningKeyStore = { ...store, changeExclusively: (work) => work(store) };
    await expect(reencryptSigningKeys(apart, polymint.masterKey, newKey)).rejects.toThrow();
    expect(await store.list()).not.toEqual(before);
  });

  it("does not affect a server that has both master keys: it starts before and after", async () => {
    const { masterKey } = polymint;
    const usual = appOptionsOf(polymint);
    const serving = async (own: Partial<SecretOptions>): Promise<number> => {
      const { app, warmed } = createApp({ ...usual, secrets: { ...usual.secrets, ...own } });
      await warmed;
      const { clientId, secret } = polymint.clients.abbeycross;
      return (await request(app).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret })).status;
    };
    expect(await serving({ newMasterKey: newKey })).toBe(200);
    await reencryptSigningKeys(store, masterKey, newKey);
    expect(await serving({ newMasterKey: newKey })).toBe(200);
    expect(await serving({ masterKey: newKey, newMasterKey: newKey })).toBe(200);
    await expect(serving({})).rejects.toThrow(/POLYMINT_MASTER_KEY .*key reencrypt/);
  });

  it("changes nothing if the old master key is wrong", async () => {
    const before = await store.list();
    await expect(reencryptSigningKeys(store, randomBytes(32), newKey)).rejects.toThrow(/does not open/);
    expect(await store.list()).toEqual(before);
  });
});

describe("a change of keys during a re-encryption", () => {
  const ask = () => {
    const { masterKey, clock } = polymint;
    return { algorithm: "ES256", now: clock() / 1000, leadSeconds: 900, longestTokenSeconds, masterKey } as const;
  };
  /** A store that re-encrypts all keys as soon as they have been read. */
  const makeOvertakenStore = (): SigningKeyStore => ({
    ...store,
    list: async () => {
      const rows = await store.list();
      await reencryptSigningKeys(store, polymint.masterKey, newKey);
      return rows;
    },
  });

  it("is refused, and leaves no key that only the old master key opens", async () => {
    const { length } = await store.list();
    await expect(rotateSigningKey(makeOvertakenStore(), ask())).rejects.toThrow(UnsealError);
    const kid = (await store.list())[0]?.kid ?? "";
    await expect(withdrawSigningKey(store, { ...ask(), kid })).rejects.toThrow(UnsealError);
    await expect(ringUnder(polymint.masterKey).ensureKeys(["PS256"])).rejects.toThrow(UnsealError);
    const current = await store.list();
    expect(current).toHaveLength(length);
    expect(current.every(({ withdrawnAt }) => withdrawnAt === null)).toBe(true);
    await starts(newKey);
  });

  it("seals the new key under the new master key if the server has both", async () => {
    expect(await rotateSigningKey(makeOvertakenStore(), { ...ask(), newMasterKey: newKey })).toMatchObject({ outcome: "made" });
    await starts(newKey);
  });

  it("(control) leaves a key that only the old master key opens if the keys are read before the lock is taken", async () => {
    const before = await store.list();
    const readBeforeLock: SigningKeyStore = {
      ...makeOvertakenStore(),
      changeExclusively: (work) => store.changeExclusively((changes) => work({ ...changes, list: () => Promise.resolve(before) })),
    };
    await rotateSigningKey(readBeforeLock, ask());
    await expect(starts(newKey)).rejects.toThrow(/does not open/);
  });
});
