import type { JsonWebKey } from "node:crypto";
import type { SigningAlgorithm } from "../engine/types";
import type { Database } from "./database";
import { epochSeconds, moment } from "./times";

/** A signing key as it lies in the database. Times are epoch seconds. */
export interface StoredKey {
  kid: string;
  algorithm: SigningAlgorithm;
  /** 1, 2, 3 … per algorithm. */
  generation: number;
  /** The private key, encrypted under the data key. */
  sealedPrivateKey: Buffer;
  /** The data key, encrypted under the master key. */
  sealedDataKey: Buffer;
  /** Null for keys that are never published (HS256). */
  publicJwk: JsonWebKey | null;
  createdAt: number;
  /** From when on it signs; published before that. What came before it in its algorithm retires then. */
  activeFrom: number;
}

export interface SigningKeys {
  /** Every key, by algorithm and generation. */
  list(): Promise<StoredKey[]>;
  /** @returns false if that generation exists: another server was quicker, and its key counts */
  insertIfAbsent(key: StoredKey): Promise<boolean>;
}

interface Row extends Omit<StoredKey, "createdAt" | "activeFrom"> {
  createdAt: Date;
  activeFrom: Date;
}

export function makeSigningKeys(database: Database): SigningKeys {
  return {
    async list() {
      const { rows } = await database.query<Row>(listStatement, []);
      return rows.map((row) => ({ ...row, createdAt: epochSeconds(row.createdAt), activeFrom: epochSeconds(row.activeFrom) }));
    },
    async insertIfAbsent(key) {
      const { rowCount } = await database.query(insertStatement, [
        key.kid,
        key.algorithm,
        key.generation,
        key.sealedPrivateKey,
        key.sealedDataKey,
        key.publicJwk && JSON.stringify(key.publicJwk),
        moment(key.createdAt * 1000),
        moment(key.activeFrom * 1000),
      ]);
      return rowCount === 1;
    },
  };
}

const listStatement = {
  name: "signing_keys_list",
  text: `
    SELECT kid, algorithm, generation, sealed_private_key AS "sealedPrivateKey", sealed_data_key AS "sealedDataKey",
      public_jwk AS "publicJwk", created_at AS "createdAt", active_from AS "activeFrom"
    FROM signing_keys ORDER BY algorithm, generation`,
};

const insertStatement = {
  name: "signing_key_insert",
  text: `
    INSERT INTO signing_keys
      (kid, algorithm, generation, sealed_private_key, sealed_data_key, public_jwk, created_at, active_from)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (algorithm, generation) DO NOTHING`,
};
