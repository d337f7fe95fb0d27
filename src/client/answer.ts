import type { AnswerTemplate } from "./plan";

/** A token, and the answer that it came in. */
export interface Token<Answer = unknown> {
  readonly accessToken: string;
  /** Epoch milliseconds. Where the answer does not say it, the contract's usual lifetime counts, or `keepSeconds`. */
  readonly expiresAt: number;
  readonly answer: Answer;
}

/** Reads what a client must know out of an answer. @param now epoch milliseconds, when the request was sent */
export function readAnswer<Answer>(
  answer: unknown,
  plan: AnswerTemplate,
  { now, keepSeconds }: { now: number; keepSeconds: number | undefined },
): { token: Token<Answer>; refreshToken: string | undefined } {
  const accessToken = takeAt(answer, plan.token);
  if (typeof accessToken !== "string") throw new Error(`the answer has no token at ${plan.token}`);
  const refreshToken = plan.refreshToken === undefined ? undefined : takeAt(answer, plan.refreshToken);
  return {
    token: { accessToken, expiresAt: findExpiry(answer, plan, now, keepSeconds), answer: answer as Answer },
    refreshToken: typeof refreshToken === "string" && refreshToken !== "" ? refreshToken : undefined,
  };
}

/** For answers that should say it and do not. */
const cautiousSeconds = 60;

function findExpiry(answer: unknown, plan: AnswerTemplate, now: number, keepSeconds: number | undefined): number {
  const seconds = plan.expiresIn === undefined ? Number.NaN : Number(takeAt(answer, plan.expiresIn));
  if (Number.isFinite(seconds)) return now + seconds * 1000;
  const at = plan.expiresAt === undefined ? Number.NaN : readTime(takeAt(answer, plan.expiresAt));
  if (Number.isFinite(at)) return at;
  return now + (keepSeconds ?? plan.keepSeconds ?? cautiousSeconds) * 1000;
}

/** Numbers above this are milliseconds: as seconds, they would be the year 5138 and later. */
const highestSeconds = 100_000_000_000;

function readTime(value: unknown): number {
  const number = Number(value);
  if (!Number.isFinite(number)) return Date.parse(String(value));
  return number > highestSeconds ? number : number * 1000;
}

/** @param pointer a JSON pointer (RFC 6901) @returns undefined if there is nothing */
export function takeAt(value: unknown, pointer: string): unknown {
  const names = pointer.split("/").slice(1);
  return names.reduce<unknown>((level, name) => {
    if (typeof level !== "object" || level === null) return undefined;
    return (level as Record<string, unknown>)[name.replaceAll("~1", "/").replaceAll("~0", "~")];
  }, value);
}
