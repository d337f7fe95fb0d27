import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import type { Response } from "supertest";
import type { Ledger } from "../../../src/engine/ports/ledger";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import { hasSqlState, sqlState } from "../../../src/store/database/errors";
import type { TestOptions } from "../../../src/testkit";
import { registerApp, tokenPath } from "../../harness/screening-eagle-app";
import { mustConform } from "../../harness/conformance";
import { findInLedger } from "../../harness/own-database";
import type { OwnPostgres } from "../../harness/own-postgres";
import type { PolymintFixture } from "./server-states";

/** PostgreSQL looks once: the circle must be closed by then, on a machine that has much to do too. */
const deadlockTimeout = "800ms";
/** And our own limits must not be quicker than that. */
export const patientOptions: TestOptions = { statementTimeoutMs: 10_000, requestWaitMs: 10_000 };

/**
 * Has a refresh token redeemed while somebody else holds the ledger and wants the token's family: PostgreSQL sees the
 * deadlock and ends ours. Then the token is redeemed again.
 * @returns what of it is not as it should be
 */
export async function findDeadlockProblems(postgres: OwnPostgres, { polymint, other }: PolymintFixture): Promise<string[]> {
  const app = await registerApp(polymint);
  const { refresh_token } = await app.tokens();
  await postgres.set("deadlock_timeout", deadlockTimeout);
  const { asked: answer } = await other.transaction(async (transaction) => {
    // It is Polymint that finds out and gives way.
    await transaction.raw("SET LOCAL deadlock_timeout = '20s'");
    await transaction.raw("LOCK TABLE issued_tokens IN SHARE MODE");
    const asked = app.refresh(refresh_token).then((response) => response);
    while ((await findWaitingSessions(postgres)).length === 0) await sleep(10);
    await transaction.raw("UPDATE token_families SET revoked_at = revoked_at");
    // Whatever it makes of that, it need not wait for us.
    return { asked };
  });
  const during = await answer;
  await postgres.set("deadlock_timeout", null);
  const logged = polymint.logs.at(-1);
  const afterwards = await app.refresh(refresh_token);
  const given = [during, afterwards].flatMap((response) => (response.status === 200 ? [jtiIn(response)] : []));
  const kept = await findInLedger(other, given);
  return [
    ...findShapeProblems(during),
    ...(during.status === 500 ? [] : [`answered ${during.status} in place of 500: ${during.text}`]),
    ...(logged?.outcome === "dependency_timeout" ? [] : [`logged as ${String(logged?.outcome)}`]),
    ...(/deadlock/.test(String(logged?.detail)) ? [] : [`logged without its reason: ${String(logged?.detail)}`]),
    ...(afterwards.status === 200 ? [] : [`the token is good for nothing afterwards: ${afterwards.text}`]),
    ...given.filter((jti) => !kept.has(jti)).map((jti) => `a token was given and not kept: ${jti}`),
  ];
}

function findWaitingSessions(postgres: OwnPostgres): Promise<unknown[]> {
  return postgres.run("SELECT pid FROM pg_stat_activity WHERE wait_event = 'relation' AND application_name = 'polymint'");
}

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

/** What a ledger must not make of a deadlock. Everything else of these is as in the real one. */
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

/** As PostgreSQL says it, before anybody knows it for what it is. */
function causeOf(thrown: unknown): Error {
  return thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : new Error("no deadlock");
}
