import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import request from "supertest";
import { createApp } from "../../src/app";
import type { SecretOptions } from "../../src/app/options";
import { longestTokenSeconds } from "../../src/engine/lifetimes";
import { makeKeyRing } from "../../src/keys/key-ring";
import { reencryptSigningKeys } from "../../src/keys/reencrypt";
import { rotateSigningKey } from "../../src/keys/rotate";
import { UnsealError, type SigningKeyStore } from "../../src/keys/signing-key";
import { withdrawSigningKey } from "../../src/keys/withdraw";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { appOptionsOf } from "../harness/app-options";
import { contracts, tokenOf } from "../harness/bearer-tokens";

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
/** The last of them is sealed to nothing that anybody knows. */
async function spoilLast(): Promise<string> {
  const kid = (await store.list()).at(-1)?.kid ?? "";
  await store.reseal(kid, randomBytes(60));
  return kid;
}

describe("re-encryption under a new master key", () => {
  it("is of every key: servers start with the new one, and with the old one no more", async () => {
    const before = await store.list();
    expect(await reencryptSigningKeys(store, polymint.masterKey, newKey)).toEqual({ keys: before.length, already: 0 });
    await starts(newKey);
    await expect(starts(polymint.masterKey)).rejects.toThrow(/POLYMINT_MASTER_KEY/);
    expect((await ringUnder(newKey).getActiveKey("ES256")).kid).toBe(
      (await ringUnder(newKey).listPublishedKeys()).find(({ alg }) => alg === "ES256")?.kid,
    );
  });

  it("leaves running servers at work, from memory, and they say so once", async () => {
    for (const name of contracts) await tokenOf(polymint, name);
    await reencryptSigningKeys(store, polymint.masterKey, newKey);
    const said = () => polymint.logs.filter(({ msg }) => String(msg).startsWith("The signing keys were sealed"));
    for (let round = 0; round < 2; round += 1) {
      await sleep(1_050);
      for (const name of contracts) await tokenOf(polymint, name);
    }
    expect(said()).toEqual([expect.objectContaining({ level: 40, kids: (await store.list()).map(({ kid }) => kid) })]);
  });

  it("can be repeated when its answer was lost, and takes along what was sealed under the old key meanwhile", async () => {
    const [first] = await store.list();
    await reencryptSigningKeys(store, polymint.masterKey, newKey);
    await store.reseal(first?.kid ?? "", first?.sealedDataKey ?? Buffer.alloc(0));
    const { length } = await store.list();
    expect(await reencryptSigningKeys(store, polymint.masterKey, newKey)).toEqual({ keys: 1, already: length - 1 });
    await starts(newKey);
  });

  it("is of no key at all if one cannot be opened, and names it", async () => {
    const kid = await spoilLast();
    const before = await store.list();
    await expect(reencryptSigningKeys(store, polymint.masterKey, newKey)).rejects.toThrow(kid);
    expect(await store.list()).toEqual(before);
  });

  it("would leave some keys sealed under each if it were not one transaction", async () => {
    await spoilLast();
    const before = await store.list();
    const apart: SigningKeyStore = { ...store, changeExclusively: (work) => work(store) };
    await expect(reencryptSigningKeys(apart, polymint.masterKey, newKey)).rejects.toThrow();
    expect(await store.list()).not.toEqual(before);
  });

  it("of a server that has both master keys hinders nothing: it starts before and after, and its keys open", async () => {
    const { masterKey } = polymint;
    const usual = appOptionsOf(polymint);
    const serving = async (own: Partial<SecretOptions>): Promise<number> => {
      const { app, warmed } = createApp({ ...usual, secrets: { ...usual.secrets, ...own } });
      await warmed;
      const { clientId, secret } = polymint.clients.abbeycross ?? {};
      return (await request(app).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret })).status;
    };
    expect(await serving({ newMasterKey: newKey })).toBe(200);
    await reencryptSigningKeys(store, masterKey, newKey);
    expect(await serving({ newMasterKey: newKey })).toBe(200);
    expect(await serving({ masterKey: newKey, newMasterKey: newKey })).toBe(200);
    await expect(serving({})).rejects.toThrow(/POLYMINT_MASTER_KEY .*key reencrypt/);
  });

  it("is not done with a wrong old key", async () => {
    const before = await store.list();
    await expect(reencryptSigningKeys(store, randomBytes(32), newKey)).rejects.toThrow(/does not open/);
    expect(await store.list()).toEqual(before);
  });
});

describe("a change of keys that re-encryption overtakes", () => {
  const ask = () => {
    const { masterKey, clock } = polymint;
    return { algorithm: "ES256", now: clock() / 1000, leadSeconds: 900, longestTokenSeconds, masterKey } as const;
  };
  /** Everything is sealed anew as soon as somebody has looked. */
  const overtaken = (): SigningKeyStore => ({
    ...store,
    list: async () => {
      const rows = await store.list();
      await reencryptSigningKeys(store, polymint.masterKey, newKey);
      return rows;
    },
  });

  it("is refused, and leaves no key that only the old master key opens", async () => {
    const { length } = await store.list();
    await expect(rotateSigningKey(overtaken(), ask())).rejects.toThrow(UnsealError);
    const kid = (await store.list())[0]?.kid ?? "";
    await expect(withdrawSigningKey(store, { ...ask(), kid })).rejects.toThrow(UnsealError);
    await expect(ringUnder(polymint.masterKey).ensureKeys(["PS256"])).rejects.toThrow(UnsealError);
    const standing = await store.list();
    expect(standing).toHaveLength(length);
    expect(standing.every(({ withdrawnAt }) => withdrawnAt === null)).toBe(true);
    await starts(newKey);
  });

  it("is made under the new master key by whoever has both", async () => {
    expect(await rotateSigningKey(overtaken(), { ...ask(), newMasterKey: newKey })).toMatchObject({ outcome: "made" });
    await starts(newKey);
  });

  it("would leave one if the keys were only looked at before they are locked", async () => {
    const before = await store.list();
    const lookedBefore: SigningKeyStore = {
      ...overtaken(),
      changeExclusively: (work) => store.changeExclusively((changes) => work({ ...changes, list: () => Promise.resolve(before) })),
    };
    await rotateSigningKey(lookedBefore, ask());
    await expect(starts(newKey)).rejects.toThrow(/does not open/);
  });
});
