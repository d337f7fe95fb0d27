import type { SigningKeyChanges, SigningKeyRow, SigningKeyStore } from "../keys/signing-key";
import type { QueryResult, Database, Statement } from "./database";
import { toEpochSeconds, toEpochSecondsOrNull, toTimestamp } from "./database/timestamps";
import { takeTurn } from "./database/turns";

interface DriverRow extends Omit<SigningKeyRow, "createdAt" | "activeFrom" | "withdrawnAt"> {
  createdAt: Date;
  activeFrom: Date;
  withdrawnAt: Date | null;
}

/** Runs one statement, inside or outside a transaction. */
type RunStatement = (statement: Statement, values: readonly unknown[]) => PromiseLike<QueryResult<DriverRow>>;

export function makeSigningKeys(database: Database): SigningKeyStore {
  return {
    ...makeChanges((statement, values) => database.query<DriverRow>(statement, values)),
    changeExclusively: (work) =>
      database.transact(async (within) => {
        await takeTurn(within, "signing_keys");
        await within.query(waitStatement, []);
        return work(makeChanges((statement, values) => within.query<DriverRow>(statement, values)));
      }),
  };
}

function makeChanges(run: RunStatement): SigningKeyChanges {
  const changeKey = async (statement: Statement, values: readonly unknown[]) => (await run(statement, values)).rowCount === 1;
  return {
    async list() {
      const { rows } = await run(listStatement, []);
      return rows.map(fromDriverRow);
    },
    insertIfAbsent: (key) => changeKey(insertStatement, toValues(key)),
    withdraw: (kid, at) => changeKey(withdrawStatement, [toTimestamp(at * 1000), kid]),
    bringForward: async (kid, from) => {
      await run(bringForwardStatement, [toTimestamp(from * 1000), kid]);
    },
    reseal: async (kid, sealedDataKey) => {
      await run(resealStatement, [sealedDataKey, kid]);
    },
  };
}

/** Converts the driver's dates to epoch seconds. */
function fromDriverRow(row: DriverRow): SigningKeyRow {
  const { createdAt, activeFrom, withdrawnAt } = row;
  const times = {
    createdAt: toEpochSeconds(createdAt),
    activeFrom: toEpochSeconds(activeFrom),
    withdrawnAt: toEpochSecondsOrNull(withdrawnAt),
  };
  return { ...row, ...times };
}

function toValues(key: SigningKeyRow): unknown[] {
  const { kid, algorithm, generation, sealedPrivateKey, sealedDataKey, publicJwk, createdAt, activeFrom } = key;
  const jwk = publicJwk && JSON.stringify(publicJwk);
  return [kid, algorithm, generation, sealedPrivateKey, sealedDataKey, jwk, toTimestamp(createdAt * 1000), toTimestamp(activeFrom * 1000)];
}

/**
 * During a rolling update: a server from before the table `turns` locks this one against writers instead. So this one writes,
 * if only no row, before it reads: it waits for such a server, and such a server for it.
 */
const waitStatement = { name: "signing_keys_wait", text: "UPDATE signing_keys SET kid = kid WHERE false" };

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
