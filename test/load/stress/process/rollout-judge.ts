/** Judges a rollout of one release after another. */
import type { TokenResponse } from "../../../harness/token-requests";

/** The release that served first, and the one that replaces it. */
export type Side = "old" | "new";

/** A token response and the release that gave it. */
export interface ReleaseAnswer extends TokenResponse {
  side: Side;
}

/** How one release treated a value of the other. */
export interface Finding {
  what: string;
  wanted: string;
  found: string;
}

/** The result of two releases on one database. */
export interface RolloutEvidence {
  answers: readonly ReleaseAnswer[];
  /** Requests without an answer, and why. Requests that a stopping server cut off are sent to the other release and are not counted here. */
  unanswered: readonly string[];
  findings: readonly Finding[];
  /** The jtis in the ledger at the end. */
  kept: ReadonlySet<string>;
}

/** Finds tokens that were given but are not in the ledger. */
export function lostIn({ answers, kept }: RolloutEvidence): string[] {
  return answers.flatMap(({ jti }) => (jti === undefined || kept.has(jti) ? [] : jti));
}

/** @returns a sentence, with its count, for everything in the rollout that callers could notice; empty if there is nothing */
export function faultsOf(evidence: RolloutEvidence): string[] {
  const { answers, unanswered, findings } = evidence;
  const refused = answers
    .filter(({ status }) => status !== 200)
    .map(({ side, contract, status }) => `${side} answered ${contract} ${status}`);
  const wrong = findings.filter(({ wanted, found }) => found !== wanted);
  return [
    ...countSentences(refused),
    ...countSentences(unanswered),
    ...countSentences(wrong.map(({ what, wanted, found }) => `${what} was ${found} where it must be ${wanted}`)),
    ...countSentences(lostIn(evidence).map(() => "a token that was given is not in the ledger")),
    ...(["old", "new"] as const).filter((side) => !answers.some((given) => given.side === side && given.jti !== undefined)).map(noToken),
    ...(findings.length === 0 ? ["no check across the releases was made"] : []),
  ];
}

/** A release that gave no token proves nothing. */
function noToken(side: Side): string {
  return `${side} gave no token`;
}

function countSentences(sentences: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const sentence of sentences) times.set(sentence, (times.get(sentence) ?? 0) + 1);
  return [...times].map(([sentence, count]) => (count === 1 ? sentence : `${sentence} (${count} times)`));
}
