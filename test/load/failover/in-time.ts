import type { Book } from "./book";

/** A server answers within 1.5 s, whatever its database does. The rest is for a machine that is busy with a whole cluster. */
const hangMs = 3_000;

/** Notes how long the answer took. @returns what was answered, or why nothing was */
export async function inTime<T>(book: Book, sent: Promise<T>): Promise<T | string> {
  const beganAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${hangMs / 1000} s`), hangMs);
  });
  const answer = await Promise.race([sent.catch((reason: unknown) => `no answer: ${String(reason)}`), late]);
  clearTimeout(timer);
  book.slowestMs = Math.max(book.slowestMs, performance.now() - beganAt);
  return answer;
}
