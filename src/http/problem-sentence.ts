import type { Problem } from "../engine/refusal";

/**
 * All the faults of a request in one sentence, for contracts that have a single text for them.
 * @returns undefined if none was found, and the contract's fixed text must do
 */
export function problemSentence(problems: readonly Problem[]): string | undefined {
  return problems.length === 0 ? undefined : `${problems.map(({ message }) => message).join("; ")}.`;
}

/** A sentence fit for `error_description`, which may hold printable ASCII but for `"` and `\\` (RFC 6749 §5.2). */
export function oauthDescription(sentence: string): string {
  return sentence.replaceAll(/[^\x20-\x7e]|["\\]/g, "'");
}
