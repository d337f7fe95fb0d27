/** Causes in the database: tables that are missing, and connections that fail. */
import { send } from "../../bad-input/request-builder";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";
import { withDatabaseFault, withoutTable } from "../servers";

/** The table that each operation uses last. */
const tables: readonly (readonly [operation: TestedOperation, table: string])[] = [
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
  [operations.userinfoByPost, "people"],
];

const missingTables = tables.map(([operation, table]) =>
  makeCause(operation, 500, `The table ${table} is missing, as after half a migration.`, async (servers) => {
    const request = await operation.makeRequest(servers);
    return withoutTable(servers, table, () => send(servers.polymint.url, request));
  }),
);

/** The server reads the key set again when it is a second old. */
const missingKeyTable = makeCause(operations.keys, 500, "The table signing_keys is missing, as after half a migration.", (servers) =>
  withoutTable(servers, "signing_keys", async () => {
    servers.polymint.clock.advance(2);
    return send(servers.polymint.url, await operations.keys.makeRequest());
  }),
);

const faults = {
  cut: "The database has dropped its connections and refuses new ones.",
  silence: "The database does not answer in time.",
};

function makeDatabaseFaultCause(operation: TestedOperation, fault: keyof typeof faults, status: number): StatusCause {
  return makeCause(operation, status, faults[fault], async (servers) => {
    const request = await operation.makeRequest(servers);
    return withDatabaseFault(servers, fault, () => send(servers.polymint.url, request));
  });
}

const { abbeycross, firstvision, raidiam, screeningEagle, weavr, device, login, ready } = operations;
const { introspection, revocation, challenge, verification, userinfo, userinfoByPost } = operations;

export const database: readonly StatusCause[] = [
  ...missingTables,
  missingKeyTable,
  ...[raidiam, device].flatMap((operation) => [
    makeDatabaseFaultCause(operation, "cut", 502),
    makeDatabaseFaultCause(operation, "silence", 504),
  ]),
  makeDatabaseFaultCause(screeningEagle, "cut", 500),
  makeDatabaseFaultCause(screeningEagle, "silence", 500),
  ...[abbeycross, firstvision, weavr, login].map((operation) => makeDatabaseFaultCause(operation, "cut", 503)),
  ...[introspection, revocation, challenge, verification, userinfo, userinfoByPost, ready].map((operation) =>
    makeDatabaseFaultCause(operation, "cut", 503),
  ),
  ...[abbeycross, weavr].map((operation) => makeDatabaseFaultCause(operation, "silence", 503)),
];
