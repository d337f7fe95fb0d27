import { setTimeout as sleep } from "node:timers/promises";
import type { TestPolymint } from "../../../src/testkit";
import {
  type RequestToken,
  type TokenResponse,
  type ContractName,
  contractNames,
  mustBeWellFormed,
  unavailableStatuses,
} from "../../harness/token-requests";

/** The issue asks for 1.5 s until an answer and 3 s until all is well again; the rest is for a machine that has much to do. */
export const answerWithinMs = 2_000;
/** Of fifty who ask, while server, network and askers share one thread. */
export const answerUnderLoadWithinMs = 2_500;
export const recoverWithinMs = 6_000;
/** Longer than a client is remembered. */
const cacheExpiryMs = 1_100;

/** One way for the database to fail. */
export interface DatabaseFault {
  name: string;
  /** What it is answered as. */
  as: keyof typeof unavailableStatuses;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** What one fault did. Times in milliseconds. */
export interface FaultFigures {
  slowestMs: number;
  recoveredMs: number;
  /** Of the answers that are not as they should be, what is wrong. */
  wrong: string[];
}

/**
 * Asks by every contract while the fault lasts, once with the clients remembered and once with everything to be looked
 * up, and then until all are answered with tokens again.
 */
export async function measureFault(polymint: TestPolymint, ask: RequestToken, fault: DatabaseFault): Promise<FaultFigures> {
  const askAll = () => Promise.all(contractNames.map((contract) => ask(contract)));
  const wrong: string[] = [];
  const slowest: number[] = [];
  const judge = (answers: readonly TokenResponse[]): void => {
    slowest.push(...answers.map(({ ms }) => ms));
    for (const answer of answers) wrong.push(...findProblems(answer, unavailableStatuses[fault.as][answer.contract]));
  };
  for (const { contract, status } of await askAll()) if (status !== 200) wrong.push(`${contract} answered ${status} before the fault`);

  await fault.begin();
  try {
    judge(await askAll());
    const [said] = await Promise.all([checkHealth(polymint, slowest), sleep(cacheExpiryMs)]);
    wrong.push(...said);
    judge(await askAll());
  } finally {
    await fault.end();
  }
  const recoveredMs = await measureRecovery(askAll, wrong);
  return { slowestMs: Math.round(Math.max(...slowest)), recoveredMs, wrong };
}

function findProblems(answer: TokenResponse, expected: number): string[] {
  const { contract, status, ms, text } = answer;
  if (ms > answerWithinMs) return [`${contract} took ${Math.round(ms)} ms`];
  if (status !== expected) return [`${contract} answered ${status} in place of ${expected}: ${text}`];
  mustBeWellFormed(answer);
  return [];
}

/** Live, and not ready. */
async function checkHealth({ url }: TestPolymint, times: number[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const [path, expected] of [
    ["/health/live", 200],
    ["/health/ready", 503],
  ] as const) {
    const beganAt = performance.now();
    const { status } = await fetch(`${url}${path}`);
    times.push(performance.now() - beganAt);
    if (status !== expected) wrong.push(`${path} answered ${status} in place of ${expected}`);
  }
  return wrong;
}

/** Milliseconds until every contract gives a token. */
export async function measureRecovery(askAll: () => Promise<TokenResponse[]>, wrong: string[]): Promise<number> {
  const beganAt = performance.now();
  for (;;) {
    const answers = await askAll();
    const tookMs = Math.round(performance.now() - beganAt);
    const bad = answers.filter(({ status }) => status !== 200);
    if (bad.length === 0) return tookMs;
    for (const { contract, status, text } of bad)
      if (!isUnavailable(contract, status)) wrong.push(`${contract} answered ${status} while it recovered: ${text}`);
    if (tookMs > recoverWithinMs) return tookMs;
    await sleep(20);
  }
}

/** Whether an answer says that the database is away, and not that the caller is wrong. */
export function isUnavailable(contract: ContractName, status: number): boolean {
  return status === unavailableStatuses.unreachable[contract] || status === unavailableStatuses.timed_out[contract];
}
