import type { SigningKeyChanges, SigningKeyRow, SigningKeyStore } from "../keys/signing-key";
import type { Answer, Database, Statement } from "./database";
import { epochSeconds, epochSecondsOrNull, moment } from "./database/timestamps";

interface Row extends Omit<SigningKeyRow, "createdAt" | "activeFrom" | "withdrawnAt"> {
  createdAt: Date;
  activeFrom: Date;
  withdrawnAt: Date | null;
}

/** Runs one statement, in a transaction or out of one. */
type Run = (statement: Statement, values: readonly unknown[]) => PromiseLike<Answer<Row>>;

export function makeSigningKeys(database: Database): SigningKeyStore {
  return {
    ...changesBy((statement, values) => database.query<Row>(statement, values)),
    exclusively: (work) =>
      database.transaction(async (transaction) => {
        await transaction.raw(keepOthersOut);
        return work(changesBy(({ text }, values) => transaction.raw<Answer<Row>>(text, values as never[])));
      }),
  };
}

function changesBy(run: Run): SigningKeyChanges {
  const changed = async (statement: Statement, values: readonly unknown[]) => (await run(statement, values)).rowCount === 1;
  return {
    async list() {
      const { rows } = await run(listStatement, []);
      return rows.map(keyOf);
    },
    insertIfAbsent: (key) => changed(insertStatement, valuesOf(key)),
    withdraw: (kid, at) => changed(withdrawStatement, [moment(at * 1000), kid]),
    bringForward: async (kid, from) => {
      await run(bringForwardStatement, [moment(from * 1000), kid]);
    },
    reseal: async (kid, sealedDataKey) => {
      await run(resealStatement, [sealedDataKey, kid]);
    },
  };
}

function keyOf(row: Row): SigningKeyRow {
  const { createdAt, activeFrom, withdrawnAt } = row;
  const times = { createdAt: epochSeconds(createdAt), activeFrom: epochSeconds(activeFrom), withdrawnAt: epochSecondsOrNull(withdrawnAt) };
  return { ...row, ...times };
}

function valuesOf(key: SigningKeyRow): unknown[] {
  const { kid, algorithm, generation, sealedPrivateKey, sealedDataKey, publicJwk, createdAt, activeFrom } = key;
  const jwk = publicJwk && JSON.stringify(publicJwk);
  return [kid, algorithm, generation, sealedPrivateKey, sealedDataKey, jwk, moment(createdAt * 1000), moment(activeFrom * 1000)];
}

/** Readers do not mind it; whoever changes keys waits. */
const keepOthersOut = "LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE";

const listStatement = {
  name: "signing_keys_list",
  text: `
    SELECT kid, algorithm, generation, sealed_private_key AS "sealedPrivateKey", sealed_data_key AS "sealedDataKey",
      public_jwk AS "publicJwk", created_at AS "createdAt", active_from AS "activeFrom", withdrawn_at AS "withdrawnAt"
    FROM signing_keys ORDER BY algorithm, generation`,
};

const insertStatement = {
  name: "signing_key_insert",
  text: `
    INSERT INTO signing_keys
      (kid, algorithm, generation, sealed_private_key, sealed_data_key, public_jwk, created_at, active_from)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (algorithm, generation) DO NOTHING`,
};

const withdrawStatement = {
  name: "signing_key_withdraw",
  text: "UPDATE signing_keys SET withdrawn_at = ? WHERE kid = ? AND withdrawn_at IS NULL",
};

const bringForwardStatement = {
  name: "signing_key_bring_forward",
  text: "UPDATE signing_keys SET active_from = least(active_from, ?::timestamptz) WHERE kid = ?",
};

const resealStatement = {
  name: "signing_key_reseal",
  text: "UPDATE signing_keys SET sealed_data_key = ? WHERE kid = ?",
};
