/** A server answers within 1.5 s, whatever its database does. The rest is for a machine that is busy with a whole cluster. */
const hangMs = 10_000;

/** @returns what was answered, or why nothing was */
export async function inTime<T>(sent: Promise<T>): Promise<T | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${hangMs / 1000} s`), hangMs);
  });
  return Promise.race([sent.catch((reason: unknown) => `no answer: ${String(reason)}`), late]).finally(() => clearTimeout(timer));
}
