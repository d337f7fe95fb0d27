/** Measures a database fault under the load of many callers. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome } from "../../load/stress/scenario";
import type { Database } from "../../../src/store/database";
import type { TestPolymint } from "../../../src/testkit";
import { findInLedger } from "../../harness/own-database";
import { type TokenResponse, type RequestToken, contractNames, mustBeWellFormed } from "../../harness/token-requests";
import { answerUnderLoadWithinMs, type DatabaseFault, isUnavailable, recoverWithinMs, measureRecovery } from "./fault";

/** The effect of a fault on a server under load. `lost` counts tokens that were given but are not in the ledger. */
export interface LoadFigures extends Outcome {
  /** Milliseconds until every contract gave tokens again. */
  recoveredAfterMs: number;
  slowestMs: number;
  /** Tokens given before, during and after the fault. */
  tokens: number;
  wrong: string[];
}

export interface LoadedServer {
  polymint: TestPolymint;
  requestToken: RequestToken;
  /** A connection to the database that no fault touches, or that works again after the fault. */
  directDatabase: Database;
}

/** The number of concurrent callers, and the milliseconds of each phase. */
export interface FaultLoad {
  callers: number;
  beforeMs: number;
  duringMs: number;
}

export const fiftyCallers: FaultLoad = { callers: 50, beforeMs: 700, duringMs: 2_000 };

/** Requests tokens by all contracts, causes and ends the fault meanwhile, and compares the given tokens with the ledger. */
export async function measureFaultUnderLoad(
  { requestToken, directDatabase }: LoadedServer,
  fault: DatabaseFault,
  load: FaultLoad,
): Promise<LoadFigures> {
  const answers: TokenResponse[] = [];
  const unanswered: string[] = [];
  let stopped = false;
  const call = async (number: number): Promise<void> => {
    for (let turn = number; !stopped; turn += 1) {
      const contract = contractNames[turn % contractNames.length] ?? "weavr";
      await requestToken(contract).then(
        (answer) => answers.push(answer),
        (reason: unknown) => unanswered.push(`${contract} got no answer: ${String(reason)}`),
      );
    }
  };
  const calls = Promise.all(Array.from({ length: load.callers }, (_, number) => call(number)));
  await sleep(load.beforeMs);
  await fault.begin();
  await sleep(load.duringMs);
  await fault.end();
  const wrong: string[] = [];
  const recoveredAfterMs = await measureRecovery(() => Promise.all(contractNames.map((contract) => requestToken(contract))), wrong);
  stopped = true;
  await calls;

  const jtis = answers.flatMap(({ jti }) => jti ?? []);
  const found = await findInLedger(directDatabase, jtis);
  wrong.push(...unanswered, ...answers.flatMap(findProblemsUnderLoad));
  return {
    name: `database ${fault.name}`,
    requests: answers.length + unanswered.length,
    answered: answers.length,
    lost: jtis.filter((jti) => !found.has(jti)).length,
    recoveredAfterMs,
    slowestMs: Math.round(Math.max(...answers.map(({ ms }) => ms))),
    tokens: jtis.length,
    wrong: [...new Set(wrong)],
  };
}

function findProblemsUnderLoad(answer: TokenResponse): string[] {
  const { contract, status, text } = answer;
  if (status !== 200 && !isUnavailable(contract, status)) return [`${contract} answered ${status}: ${text}`];
  mustBeWellFormed(answer);
  return [];
}

/**
 * Turns the figures into an outcome of `make stress`.
 * @throws Error if any answer was wrong or anything took too long
 */
export function makeOutcome(figures: LoadFigures): Outcome {
  const { name, requests, answered, lost, recoveredAfterMs, slowestMs, tokens, wrong } = figures;
  const late = slowestMs > answerUnderLoadWithinMs ? [`an answer took ${slowestMs} ms`] : [];
  const sick = recoveredAfterMs > recoverWithinMs ? [`it took ${recoveredAfterMs} ms to recover`] : [];
  const faults = [...wrong, ...late, ...sick];
  if (faults.length > 0) throw new Error(`${name}: ${faults.slice(0, 5).join("; ")}`);
  return { name, requests, answered, lost, recoveredAfterMs, remark: `${tokens} tokens, slowest answer ${slowestMs} ms` };
}

/** One line for the output of a test run. */
export function formatFigures({ name, requests, answered, tokens, lost, slowestMs, recoveredAfterMs }: LoadFigures): string {
  const good = `${requests} requests, ${answered} answered, ${tokens} tokens, ${lost} lost`;
  return `${name}, under load: ${good}, slowest ${slowestMs} ms, recovered after ${recoveredAfterMs} ms\n`;
}
