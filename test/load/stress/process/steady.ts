/** Requests at a steady rate, whether or not earlier ones were answered, as from many independent callers. */
const tickMs = 10;

/**
 * Sends so many requests per second.
 * @param send must not reject
 * @returns a function that stops it and resolves when the last request has ended
 */
export function sendSteadily(perSecond: number, send: () => Promise<void>): () => Promise<void> {
  const beganAt = performance.now();
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - beganAt) / 1000) * perSecond;
    for (; sent < due; sent += 1) {
      const one = send().finally(() => underWay.delete(one));
      underWay.add(one);
    }
  }, tickMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(underWay);
  };
}
