import { createHmac, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { makeSecret, makeSecretDigest } from "../../src/secrets/secret";

describe.each([
  ["client_secret", "pms_"],
  ["api_key", "pmk_"],
  ["auth_token", "pma_"],
] as const)("a server-made %s", (kind, prefix) => {
  const secrets = Array.from({ length: 2000 }, () => makeSecret(kind));
  const random = secrets.map((secret) => Buffer.from(secret.slice(4, -8), "base64url"));

  it("has the prefix of its kind, and a checksum that distinguishes it from a look-alike", () => {
    expect(secrets.filter((secret) => !secret.startsWith(prefix))).toEqual([]);
    const checksum = (secret: string) => crc32(secret.slice(0, -8)).toString(16).padStart(8, "0");
    expect(secrets.filter((secret) => secret.slice(-8) !== checksum(secret))).toEqual([]);
  });

  it("consists of characters that no encoding changes", () => {
    expect(secrets.filter((secret) => !/^[A-Za-z0-9_-]{55}$/.test(secret))).toEqual([]);
  });

  it("has 256 random bits, each set in about half of the secrets", () => {
    expect(new Set(secrets).size).toBe(secrets.length);
    expect(random.filter((bytes) => bytes.length !== 32)).toEqual([]);
    const timesSet = (bit: number) => random.filter((bytes) => (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1).length;
    // Eight standard deviations, of 22 each. A fixed bit is 1000 away.
    const odd = Array.from({ length: 256 }, (_, bit) => bit).filter((bit) => Math.abs(timesSet(bit) - secrets.length / 2) > 180);
    expect(odd).toEqual([]);
  });
});

describe("the digest of a secret", () => {
  it("is the secret's HMAC-SHA-256 under the pepper, and differs under another pepper", () => {
    const pepper = randomBytes(32);
    const secret = makeSecret("client_secret");
    expect(makeSecretDigest(pepper)(secret)).toEqual(createHmac("sha256", pepper).update(secret).digest());
    expect(makeSecretDigest(randomBytes(32))(secret)).not.toEqual(makeSecretDigest(pepper)(secret));
    expect(makeSecretDigest(pepper)(`${secret} `)).not.toEqual(makeSecretDigest(pepper)(secret));
  });
});
