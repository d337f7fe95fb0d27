import type { Clock, SigningAlgorithm } from "../engine/client";
import { makeUnsealedKey, sealKey, type UnsealedKey } from "../keys/signing-key";
import type { Database } from "../store/database";
import { makeSigningKeys } from "../store/signing-keys";
import { keepKey } from "./kept-keys";

export interface SigningKeyPorts {
  database: Database;
  masterKey: Buffer;
  clock: Clock;
}

let seeded = 0;

/**
 * Puts the first signing keys into a new test database, as the first server would if it found none. No two databases of a suite
 * get the same keys.
 */
export async function seedSigningKeys(algorithms: readonly SigningAlgorithm[], ports: SigningKeyPorts): Promise<void> {
  const { database, masterKey, clock } = ports;
  seeded += 1;
  const number = seeded;
  const keys = await Promise.all(algorithms.map((algorithm) => takeKey(algorithm, number)));
  const store = makeSigningKeys(database);
  const now = Math.floor(clock() / 1000);
  for (const key of keys) await store.insertIfAbsent(sealKey(key, 1, { createdAt: now, activeFrom: now }, masterKey));
}

/** Only RSA keys take long to make. */
async function takeKey(algorithm: SigningAlgorithm, number: number): Promise<UnsealedKey> {
  if (!/^[RP]S/.test(algorithm)) return makeUnsealedKey(algorithm);
  const text = await keepKey(`${algorithm}-${number}`, async () => {
    const made = await makeUnsealedKey(algorithm);
    return JSON.stringify({ ...made, plain: made.plain.toString("base64") });
  });
  const kept = JSON.parse(text) as Omit<UnsealedKey, "plain"> & { plain: string };
  return { ...kept, plain: Buffer.from(kept.plain, "base64") };
}
