/** Brings about a deadlock between Polymint and another session, and has ledgers that react to it in wrong ways. */
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import type { Response } from "supertest";
import type { Ledger } from "../../../src/engine/ports/ledger";
import type { Database } from "../../../src/store/database";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import { hasSqlState, sqlState } from "../../../src/store/database/errors";
import type { TestOptions } from "../../../src/testkit";
import { registerApp, tokenPath } from "../../harness/screening-eagle-app";
import { mustConform } from "../../harness/conformance";
import { findInLedger } from "../../harness/own-database";
import type { PolymintFixture } from "./server-states";

/** PostgreSQL looks for a deadlock after this time, once: the deadlock must exist by then, on a busy machine too. */
export const deadlockTimeout = "800ms";
/** Time limits of the server that are longer than that. */
export const patientOptions: TestOptions = { statementTimeoutMs: 10_000, requestWaitMs: 10_000 };

/**
 * Redeems a refresh token while another session holds a lock on the token and waits for the token's family: PostgreSQL
 * detects the deadlock after `deadlockTimeout` and aborts Polymint's transaction. Then redeems the token again.
 * @returns a sentence for everything that went wrong
 */
export async function findDeadlockProblems({ polymint, directDatabase }: PolymintFixture): Promise<string[]> {
  const app = await registerApp(polymint);
  const { refresh_token } = await app.tokens();
  const { asked: answer } = await directDatabase.transaction(async (transaction) => {
    // Polymint's session detects the deadlock first and is aborted.
    await transaction.raw("SET LOCAL deadlock_timeout = '20s'");
    await transaction.raw("UPDATE refresh_tokens SET rotated_at = rotated_at");
    const asked = app.refresh(refresh_token).then((response) => response);
    while ((await findWaitingSessions(directDatabase)).length === 0) await sleep(10);
    await transaction.raw("UPDATE token_families SET revoked_at = revoked_at");
    // Returned in an object, so that the transaction does not wait for the response.
    return { asked };
  });
  const during = await answer;
  const logged = polymint.logs.at(-1);
  const afterwards = await app.refresh(refresh_token);
  const given = [during, afterwards].flatMap((response) => (response.status === 200 ? [jtiIn(response)] : []));
  const kept = await findInLedger(directDatabase, given);
  return [
    ...findShapeProblems(during),
    ...(during.status === 500 ? [] : [`answered ${during.status} in place of 500: ${during.text}`]),
    ...(logged?.outcome === "dependency_timeout" ? [] : [`logged as ${String(logged?.outcome)}`]),
    ...(/deadlock/.test(String(logged?.detail)) ? [] : [`logged without its reason: ${String(logged?.detail)}`]),
    ...(afterwards.status === 200 ? [] : [`the token is not accepted afterwards: ${afterwards.text}`]),
    ...given.filter((jti) => !kept.has(jti)).map((jti) => `a token was given and not kept: ${jti}`),
  ];
}

/** Those of the same database: others may have deadlocks of their own. */
async function findWaitingSessions(database: Database): Promise<unknown[]> {
  const { rows } = await database.build((knex) => knex.raw<{ rows: unknown[] }>(waitingSessions));
  return rows;
}

const waitingSessions =
  "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'polymint' AND datname = current_database()";

function jtiIn({ body }: Response): string {
  return (decode((body as { access_token: string }).access_token) as { jti: string }).jti;
}

function findShapeProblems(response: Response): string[] {
  try {
    mustConform(response, "screening-eagle", tokenPath);
    return [];
  } catch (thrown) {
    return [String(thrown)];
  }
}

type DeadlockReaction = (deadlock: unknown) => ReturnType<Ledger["record"]>;

/** Ledgers that are correct except for what they make of a deadlock. */
export const brokenLedgers = {
  "takes it for a refusal": makeBrokenLedger(() => Promise.resolve("spent")),
  "takes it for a bug": makeBrokenLedger((deadlock) => Promise.reject(causeOf(deadlock))),
  "answers all the same": makeBrokenLedger(() => Promise.resolve("recorded")),
} as const;

function makeBrokenLedger(breaks: DeadlockReaction): (ports: LedgerPorts) => Ledger {
  return (ports) => {
    const ledger = makeLedger(ports);
    return {
      ...ledger,
      record: (...asked) =>
        ledger.record(...asked).catch((thrown: unknown) => {
          if (!hasSqlState(thrown, sqlState.deadlock)) throw thrown;
          return breaks(thrown);
        }),
    };
  };
}

/** The error of PostgreSQL, before the database module classified it. */
function causeOf(thrown: unknown): Error {
  return thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : new Error("no deadlock");
}
