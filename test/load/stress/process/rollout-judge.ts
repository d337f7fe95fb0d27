import type { TokenResponse } from "../../../harness/token-requests";

/** The release that was there first, and the one that takes its place. */
export type Side = "old" | "new";

export interface ReleaseAnswer extends TokenResponse {
  side: Side;
}

/** What one release made of something that the other has a part in. */
export interface Finding {
  what: string;
  wanted: string;
  found: string;
}

/** What came of two releases on one database. */
export interface RolloutEvidence {
  answers: readonly ReleaseAnswer[];
  /** Requests that no answer came to, and why. Who is cut off by a server that was told to stop asks the other, and is not among them. */
  unanswered: readonly string[];
  findings: readonly Finding[];
  /** The jtis that the ledger holds in the end. */
  kept: ReadonlySet<string>;
}

/** Tokens that were given and that the ledger lacks. */
export function lostIn({ answers, kept }: RolloutEvidence): string[] {
  return answers.flatMap(({ jti }) => (jti === undefined || kept.has(jti) ? [] : jti));
}

/** @returns a sentence for everything that callers would have noticed of the rollout, with how often; empty if all is well */
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
    ...(findings.length === 0 ? ["neither was asked about what the other did"] : []),
  ];
}

/** A side that gave no tokens at all would have nothing to be judged by. */
function noToken(side: Side): string {
  return `${side} gave no token`;
}

function countSentences(sentences: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const sentence of sentences) times.set(sentence, (times.get(sentence) ?? 0) + 1);
  return [...times].map(([sentence, count]) => (count === 1 ? sentence : `${sentence} (${count} times)`));
}
