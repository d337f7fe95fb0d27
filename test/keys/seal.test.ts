import { randomBytes } from "node:crypto";
import { seal, type SealedKey, unseal } from "../../src/keys/seal";
import { makeUnsealedKey, findMasterKey, openSigningKey, sealKey, chooseSealingKey } from "../../src/keys/signing-key";

const masterKey = randomBytes(32);
const plain = Buffer.from("a private key");

describe("a sealed key", () => {
  it("opens to the same bytes", () => {
    expect(unseal(seal(plain, "kid", masterKey), "kid", masterKey)).toEqual(plain);
    expect(unseal(seal(Buffer.alloc(0), "", masterKey), "", masterKey)).toEqual(Buffer.alloc(0));
  });

  it("does not contain the plain key, and differs each time it is sealed", () => {
    const [one, two] = [seal(plain, "kid", masterKey), seal(plain, "kid", masterKey)];
    expect(one.sealedPrivateKey.includes(plain)).toBe(false);
    expect(one.sealedPrivateKey).not.toEqual(two.sealedPrivateKey);
    expect(one.sealedDataKey).not.toEqual(two.sealedDataKey);
  });

  it("does not open under another master key", () => {
    expect(() => unseal(seal(plain, "kid", masterKey), "kid", randomBytes(32))).toThrow();
  });

  it("does not open in another key's row, whole or in part", () => {
    const [one, two] = [seal(plain, "one", masterKey), seal(plain, "two", masterKey)];
    expect(() => unseal(one, "two", masterKey)).toThrow();
    expect(() => unseal({ ...one, sealedDataKey: two.sealedDataKey }, "one", masterKey)).toThrow();
    expect(() => unseal({ ...one, sealedPrivateKey: two.sealedPrivateKey }, "one", masterKey)).toThrow();
  });

  it.each(["sealedPrivateKey", "sealedDataKey"] as const)(
    "does not open when any byte of %s was changed or the end was cut off",
    (part) => {
      const sealed = seal(plain, "kid", masterKey);
      const altered = (bytes: Buffer): SealedKey => ({ ...sealed, [part]: bytes });
      for (let at = 0; at < sealed[part].length; at += 1) {
        const bytes = Buffer.from(sealed[part]);
        bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
        expect(() => unseal(altered(bytes), "kid", masterKey)).toThrow();
      }
      for (const bytes of [sealed[part].subarray(0, -1), sealed[part].subarray(0, 12), Buffer.alloc(0)])
        expect(() => unseal(altered(bytes), "kid", masterKey)).toThrow();
    },
  );

  it("names the setting to check when the master key is wrong", async () => {
    const row = sealKey(await makeUnsealedKey("ES256"), 1, { createdAt: 0, activeFrom: 0 }, masterKey);
    expect(() => openSigningKey(row, { masterKey: randomBytes(32) })).toThrow(/POLYMINT_MASTER_KEY/);
    expect(() => openSigningKey({ ...row, kid: "another" }, { masterKey })).toThrow(/another/);
    expect(openSigningKey(row, { masterKey }).kid).toBe(row.kid);
  });

  it("opens under either master key while it is being changed, and the next key is sealed like the others", async () => {
    const newMasterKey = randomBytes(32);
    const rowUnder = async (key: Buffer) => sealKey(await makeUnsealedKey("ES256"), 1, { createdAt: 0, activeFrom: 0 }, key);
    const [old, fresh] = [await rowUnder(masterKey), await rowUnder(newMasterKey)];
    const both = { masterKey, newMasterKey };
    expect([old, fresh].map((row) => findMasterKey(row, both))).toEqual([masterKey, newMasterKey]);
    expect(chooseSealingKey([], both)).toBe(masterKey);
    expect(chooseSealingKey([old], both)).toBe(masterKey);
    expect(chooseSealingKey([old, fresh], both)).toBe(newMasterKey);
    expect(() => chooseSealingKey([old, fresh], { masterKey })).toThrow(fresh.kid);
    expect(() => findMasterKey(fresh, { masterKey, newMasterKey: randomBytes(32) })).toThrow(/POLYMINT_NEW_MASTER_KEY/);
  });
});
