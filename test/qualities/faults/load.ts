import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome } from "../../load/stress/scenario";
import type { Database } from "../../../src/store/database";
import type { TestPolymint } from "../../../src/testkit";
import { findInLedger } from "../../harness/own-database";
import { type TokenResponse, type RequestToken, contractNames, mustBeWellFormed } from "../../harness/token-requests";
import { answerUnderLoadWithinMs, type DatabaseFault, isUnavailable, recoverWithinMs, measureRecovery } from "./fault";

/** What a fault did to a server with much to do; `lost` are tokens that were given and that the ledger lacks. */
export interface LoadFigures extends Outcome {
  /** Until every contract gave tokens again. */
  recoveredAfterMs: number;
  slowestMs: number;
  /** Tokens given before, during and after the fault. */
  tokens: number;
  wrong: string[];
}

export interface LoadedServer {
  polymint: TestPolymint;
  ask: RequestToken;
  /** A way to the database that nothing happens to, or that is good again afterwards. */
  other: Database;
}

/** How many ask at the same time, and for how long in each phase. */
export interface FaultLoad {
  callers: number;
  beforeMs: number;
  duringMs: number;
}

export const fiftyCallers: FaultLoad = { callers: 50, beforeMs: 700, duringMs: 2_000 };

/**
 * Lets many ask by all contracts, begins the fault in the middle of it, ends it, and compares what was given with what
 * the ledger holds.
 */
export async function measureFaultUnderLoad({ ask, other }: LoadedServer, fault: DatabaseFault, load: FaultLoad): Promise<LoadFigures> {
  const answers: TokenResponse[] = [];
  const unanswered: string[] = [];
  let stopped = false;
  const asker = async (number: number): Promise<void> => {
    for (let turn = number; !stopped; turn += 1) {
      const contract = contractNames[turn % contractNames.length] ?? "weavr";
      await ask(contract).then(
        (answer) => answers.push(answer),
        (reason: unknown) => unanswered.push(`${contract} got no answer: ${String(reason)}`),
      );
    }
  };
  const askers = Promise.all(Array.from({ length: load.callers }, (_, number) => asker(number)));
  await sleep(load.beforeMs);
  await fault.begin();
  await sleep(load.duringMs);
  await fault.end();
  const wrong: string[] = [];
  const recoveredAfterMs = await measureRecovery(() => Promise.all(contractNames.map((contract) => ask(contract))), wrong);
  stopped = true;
  await askers;

  const jtis = answers.flatMap(({ jti }) => jti ?? []);
  const found = await findInLedger(other, jtis);
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
 * The figures, for `make stress`.
 * @throws Error if anybody was answered wrongly, or anything took too long
 */
export function makeOutcome(figures: LoadFigures): Outcome {
  const { name, requests, answered, lost, recoveredAfterMs, slowestMs, tokens, wrong } = figures;
  const late = slowestMs > answerUnderLoadWithinMs ? [`an answer took ${slowestMs} ms`] : [];
  const sick = recoveredAfterMs > recoverWithinMs ? [`it took ${recoveredAfterMs} ms to recover`] : [];
  const faults = [...wrong, ...late, ...sick];
  if (faults.length > 0) throw new Error(`${name}: ${faults.slice(0, 5).join("; ")}`);
  return { name, requests, answered, lost, recoveredAfterMs, remark: `${tokens} tokens, slowest answer ${slowestMs} ms` };
}

/** One line for people. */
export function formatFigures({ name, requests, answered, tokens, lost, slowestMs, recoveredAfterMs }: LoadFigures): string {
  const good = `${requests} requests, ${answered} answered, ${tokens} tokens, ${lost} lost`;
  return `${name}, under load: ${good}, slowest ${slowestMs} ms, recovered after ${recoveredAfterMs} ms\n`;
}
