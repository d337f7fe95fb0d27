import { constants, generateKeyPairSync, verify } from "node:crypto";
import { makePoolSigner } from "../../src/keys/pool-signatures";

const padding = constants.RSA_PKCS1_PADDING;
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
// 512 bits are too few for a signature with SHA-256 and a salt of 32 bytes: OpenSSL refuses in the pool, not at the call.
const tooShort = generateKeyPairSync("rsa", { modulusLength: 512 }).privateKey;

function verifies(text: string, signature: string): boolean {
  return verify("sha256", Buffer.from(text), { key: publicKey, padding }, Buffer.from(signature, "base64url"));
}

describe("signatures from the thread pool", () => {
  test.each([1, 3, 8, 9, 30])("all of %d that are made at the same time arrive, each with its own text", async (count) => {
    const sign = makePoolSigner();
    const texts = Array.from({ length: count }, (_, index) => `token ${String(index)}`);
    const signatures = await Promise.all(texts.map((text) => sign(Buffer.from(text), { key: privateKey, padding })));
    expect(texts.filter((text, index) => !verifies(text, signatures[index] ?? ""))).toEqual([]);
    expect(new Set(signatures).size).toBe(count);
  });

  test("one that fails does not hold up the others", async () => {
    const sign = makePoolSigner();
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const failing = sign(Buffer.from("fails"), { key: tooShort, ...pss });
    const good = sign(Buffer.from("works"), { key: privateKey, padding });
    await expect(failing).rejects.toThrow(/too/);
    expect(verifies("works", await good)).toBe(true);
  });
});
