import { setTimeout as sleep } from "node:timers/promises";
import { type RequestToken, type ContractName, contractNames } from "../../../harness/token-requests";
import type { ReleaseAnswer, Side } from "./rollout-judge";

/** Callers who ask for tokens of all contracts, each for one after the other, at every release that is there. */
export interface Callers {
  readonly answers: readonly ReleaseAnswer[];
  readonly unanswered: readonly string[];
  /** Requests that were cut off by a server on its way out, or no longer accepted, and answered elsewhere. */
  moved(): number;
  /** From now on that release is asked too. */
  open(side: Side, ask: RequestToken): void;
  /** Lets a release go: whoever gets no answer from it any more asks another. Resolves when it is gone. */
  leave<T>(side: Side, gone: () => Promise<T>): Promise<T>;
  /** Resolves when nobody asks any more. */
  stop(): Promise<void>;
}

const waitMs = 10;

export function startCallers(count: number): Callers {
  const there = new Map<Side, RequestToken>();
  const leaving = new Set<Side>();
  const answers: ReleaseAnswer[] = [];
  const unanswered: string[] = [];
  let moved = 0;
  let stopped = false;

  async function ask(contract: ContractName, side: Side, asked: RequestToken): Promise<void> {
    try {
      answers.push({ ...(await asked(contract)), side });
    } catch (reason) {
      const [other] = [...there].filter(([each]) => each !== side);
      if (!leaving.has(side) || other === undefined) {
        unanswered.push(`${side} gave ${contract} no answer: ${String(reason)}`);
        return;
      }
      moved += 1;
      await ask(contract, ...other);
    }
  }

  async function call(first: number): Promise<void> {
    for (let turn = first; !stopped; turn += 1) {
      const [contract = "weavr"] = contractNames.slice(turn % contractNames.length);
      const open = [...there];
      const chosen = open[(turn + first) % Math.max(1, open.length)];
      if (chosen === undefined) await sleep(waitMs);
      else await ask(contract, ...chosen);
    }
  }

  const calling = Promise.all(Array.from({ length: count }, (_, first) => call(first)));
  return {
    answers,
    unanswered,
    moved: () => moved,
    open: (side, asked) => void there.set(side, asked),
    leave: async (side, gone) => {
      leaving.add(side);
      const end = await gone();
      there.delete(side);
      return end;
    },
    stop: async () => {
      stopped = true;
      await calling;
    },
  };
}
