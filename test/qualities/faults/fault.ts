/** What every fault of the database is judged by: correct refusals in time, and a quick recovery. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TestPolymint } from "../../../src/testkit";
import { isBehindPooler } from "../../harness/behind-pooler";
import {
  type RequestToken,
  type TokenResponse,
  type ContractName,
  contractNames,
  mustBeWellFormed,
  unavailableStatuses,
} from "../../harness/token-requests";

/** The requirement is 1.5 s until an answer and 3 s until recovery; the rest is a margin for a busy machine. */
export const answerWithinMs = 2_000;
/** With fifty callers, while server, network and callers share one thread. */
export const answerUnderLoadWithinMs = 2_500;
export const recoverWithinMs = 6_000;
/** After so many seconds a server no longer has a client in its cache. */
const cacheExpirySeconds = 2;

/** One way in which the database can fail. */
export interface DatabaseFault {
  name: string;
  /** How contracts must report it. */
  as: keyof typeof unavailableStatuses;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** The effect of one fault. Times are in milliseconds. */
export interface FaultFigures {
  slowestMs: number;
  recoveredMs: number;
  /** A sentence for everything that went wrong. */
  wrong: string[];
}

/**
 * Requests a token by every contract while the fault lasts, first with the clients in the server's cache and then after they
 * left it, and afterwards until every contract gives tokens again.
 */
export async function measureFault(polymint: TestPolymint, requestToken: RequestToken, fault: DatabaseFault): Promise<FaultFigures> {
  const askAll = () => Promise.all(contractNames.map((contract) => requestToken(contract)));
  const wrong: string[] = [];
  const slowest: number[] = [];
  const judge = (answers: readonly TokenResponse[]): void => {
    slowest.push(...answers.map(({ ms }) => ms));
    for (const answer of answers) wrong.push(...findProblems(answer, unavailableStatuses[fault.as][answer.contract]));
  };
  // The first requests of a server take so long, since they compile validators, that clients may leave the cache meanwhile.
  await askAll();
  polymint.clock.advance(cacheExpirySeconds);
  for (const { contract, status } of await askAll()) if (status !== 200) wrong.push(`${contract} answered ${status} before the fault`);

  await fault.begin();
  try {
    judge(await askAll());
    wrong.push(...(await checkHealth(polymint, slowest)));
    polymint.clock.advance(cacheExpirySeconds);
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
  // A pooler that cannot reach the server keeps its clients waiting.
  const isExpected = isBehindPooler ? isUnavailable(contract, status) : status === expected;
  if (!isExpected) return [`${contract} answered ${status} in place of ${expected}: ${text}`];
  mustBeWellFormed(answer);
  return [];
}

/** The server must be live and not ready. */
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

/** @returns milliseconds until every contract gives a token @param wrong collects refusals that say anything but "unavailable" */
export async function measureRecovery(askAll: () => Promise<TokenResponse[]>, wrong: string[]): Promise<number> {
  const beganAt = performance.now();
  for (;;) {
    const answers = await askAll();
    const tookMs = Math.round(performance.now() - beganAt);
    const bad = answers.filter(({ status }) => status !== 200);
    if (bad.length === 0) return tookMs;
    for (const { contract, status, text } of bad)
      if (!isUnavailable(contract, status)) wrong.push(`${contract} answered ${status} during recovery: ${text}`);
    if (tookMs > recoverWithinMs) return tookMs;
    await sleep(20);
  }
}

/** Whether a status says that the database is unavailable. */
export function isUnavailable(contract: ContractName, status: number): boolean {
  return status === unavailableStatuses.unreachable[contract] || status === unavailableStatuses.timed_out[contract];
}
