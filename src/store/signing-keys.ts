import type { SigningKeyRow, SigningKeyStore } from "../keys/signing-key";
import type { Database } from "./database";
import { epochSeconds, moment } from "./times";

interface Row extends Omit<SigningKeyRow, "createdAt" | "activeFrom"> {
  createdAt: Date;
  activeFrom: Date;
}

export function makeSigningKeys(database: Database): SigningKeyStore {
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
