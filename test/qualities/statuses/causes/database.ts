import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../../bad-input/request-builder";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";
import { withDatabaseFault, withoutTable } from "../stage";

/** The table that the end of each operation cannot do without. */
const tables: readonly (readonly [asked: TestedOperation, table: string])[] = [
  [operations.abbeycross, "issued_tokens"],
  [operations.firstvision, "issued_tokens"],
  [operations.raidiam, "issued_tokens"],
  [operations.screeningEagle, "issued_tokens"],
  [operations.weavr, "issued_tokens"],
  [operations.device, "device_codes"],
  [operations.login, "auth_tokens"],
  [operations.introspection, "issued_tokens"],
  [operations.revocation, "issued_tokens"],
  [operations.challenge, "otp_challenges"],
  [operations.verification, "otp_challenges"],
  [operations.userinfo, "people"],
];

const missingTables = tables.map(([asked, table]) =>
  makeCause(asked, 500, `The table ${table} is not there, as after half a migration.`, async (stage) => {
    const draft = await asked.draft(stage);
    return withoutTable(stage, table, () => send(stage.polymint.url, draft));
  }),
);

/** The key set is read again when it is a second old. */
const missingKeyTable = makeCause(operations.keys, 500, "The table signing_keys is not there, as after half a migration.", (stage) =>
  withoutTable(stage, "signing_keys", async () => {
    await sleep(1_100);
    return send(stage.polymint.url, await operations.keys.draft());
  }),
);

const faults = {
  cut: "The database refuses connections and has dropped those there were.",
  silence: "The database does not answer in time.",
};

function makeDatabaseFaultCause(asked: TestedOperation, fault: keyof typeof faults, status: number): StatusCause {
  return makeCause(asked, status, faults[fault], async (stage) => {
    const draft = await asked.draft(stage);
    return withDatabaseFault(stage, fault, () => send(stage.polymint.url, draft));
  });
}

const { abbeycross, firstvision, raidiam, screeningEagle, weavr, device, login, ready } = operations;
const { introspection, revocation, challenge, verification, userinfo } = operations;

/** What happens to the database, as each contract says it. */
export const database: readonly StatusCause[] = [
  ...missingTables,
  missingKeyTable,
  ...[raidiam, device].flatMap((asked) => [makeDatabaseFaultCause(asked, "cut", 502), makeDatabaseFaultCause(asked, "silence", 504)]),
  makeDatabaseFaultCause(screeningEagle, "cut", 500),
  makeDatabaseFaultCause(screeningEagle, "silence", 500),
  ...[abbeycross, firstvision, weavr, login].map((asked) => makeDatabaseFaultCause(asked, "cut", 503)),
  ...[introspection, revocation, challenge, verification, userinfo, ready].map((asked) => makeDatabaseFaultCause(asked, "cut", 503)),
  ...[abbeycross, weavr].map((asked) => makeDatabaseFaultCause(asked, "silence", 503)),
];
