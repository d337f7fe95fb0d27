import { type RateLimit, Refusal } from "../engine/refusal";

/** A limit, beside the others that are in force with it. */
export interface LimitInForce extends RateLimit {
  inForce: readonly RateLimit[];
}

/** @param what stands in the log @param seconds until another try is allowed */
export function makeThrottledRefusal(what: string, { inForce, ...limit }: LimitInForce, seconds: number): Refusal {
  const detail = `${what}: more than ${limit.count} in ${limit.windowSeconds} s`;
  return new Refusal("throttled", detail, { limit, inForce, retryAfterSeconds: Math.max(1, seconds) });
}
