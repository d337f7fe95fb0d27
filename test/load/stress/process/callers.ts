/** Callers that keep requesting tokens while one release replaces another. */
import { setTimeout as sleep } from "node:timers/promises";
import { type RequestToken, type ContractName, contractNames } from "../../../harness/token-requests";
import type { ReleaseAnswer, Side } from "./rollout-judge";

/** Concurrent callers that request tokens by all contracts, at every release that serves. */
export interface Callers {
  readonly answers: readonly ReleaseAnswer[];
  readonly unanswered: readonly string[];
  /** The number of requests that a stopping server cut off or refused, and the other release answered. */
  moved(): number;
  /** Adds a release to those that the callers use. */
  open(side: Side, requestToken: RequestToken): void;
  /** Stops a release: a caller that gets no answer from it calls the other one. Resolves when it has ended. */
  leave<T>(side: Side, gone: () => Promise<T>): Promise<T>;
  /** Stops the callers, and resolves when their last requests have ended. */
  stop(): Promise<void>;
}

const waitMs = 10;

export function startCallers(count: number): Callers {
  const serving = new Map<Side, RequestToken>();
  const leaving = new Set<Side>();
  const answers: ReleaseAnswer[] = [];
  const unanswered: string[] = [];
  let moved = 0;
  let stopped = false;

  async function callOnce(contract: ContractName, side: Side, requestToken: RequestToken): Promise<void> {
    try {
      answers.push({ ...(await requestToken(contract)), side });
    } catch (reason) {
      const [other] = [...serving].filter(([each]) => each !== side);
      if (!leaving.has(side) || other === undefined) {
        unanswered.push(`${side} gave ${contract} no answer: ${String(reason)}`);
        return;
      }
      moved += 1;
      await callOnce(contract, ...other);
    }
  }

  async function call(first: number): Promise<void> {
    for (let turn = first; !stopped; turn += 1) {
      const [contract = "weavr"] = contractNames.slice(turn % contractNames.length);
      const open = [...serving];
      const chosen = open[(turn + first) % Math.max(1, open.length)];
      if (chosen === undefined) await sleep(waitMs);
      else await callOnce(contract, ...chosen);
    }
  }

  const calling = Promise.all(Array.from({ length: count }, (_, first) => call(first)));
  return {
    answers,
    unanswered,
    moved: () => moved,
    open: (side, requestToken) => void serving.set(side, requestToken),
    leave: async (side, gone) => {
      leaving.add(side);
      const end = await gone();
      serving.delete(side);
      return end;
    },
    stop: async () => {
      stopped = true;
      await calling;
    },
  };
}
