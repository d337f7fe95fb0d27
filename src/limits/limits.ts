import type { Counts } from "../engine/limit-ports";
import type { RateLimit } from "../engine/refusal";
import { type FailedProofsPorts, makeFailedProofs } from "./failed-proofs";
import type { ClientLimits } from "./limited-authenticate";
import { networkOf } from "./network";
import { makeRate, type Rate } from "./rate";

/** What a server limits. Whatever is undefined is off, and costs nothing. */
export interface Limits {
  /** Failed client authentications, for each client and each neighbourhood they come from. */
  failures?: RateLimit | undefined;
  /** Requests of a client that proved itself. */
  perClient?: RateLimit | undefined;
  /** Requests under an API key, once it proved itself. */
  perApiKey?: RateLimit | undefined;
  /** Requests from an address, or from its /64. */
  perSource?: RateLimit | undefined;
}

export interface LimitsPorts extends FailedProofsPorts {
  /** Counts where many count for the same subject at once. */
  busyCounts: Counts;
}

export interface MadeLimits extends ClientLimits {
  /** Counts a request from an address. */
  sourceRate: Rate | undefined;
}

/** @param limits none by default */
export function makeLimits(ports: LimitsPorts, limits: Limits = {}): MadeLimits {
  const { failures, perClient, perApiKey, perSource } = limits;
  const inForce = [failures, perClient, perApiKey, perSource].filter((limit) => limit !== undefined);
  const rate = (what: string, limit: RateLimit | undefined) => limit && makeRate(ports.busyCounts, what, { ...limit, inForce });
  const ofSource = rate("requests from", perSource);
  return {
    failures: failures && makeFailedProofs(ports, { ...failures, inForce }),
    clientRate: rate("requests of client", perClient),
    keyRate: rate("requests under API key", perApiKey),
    sourceRate: ofSource && ((source, now) => ofSource(networkOf(source), now)),
  };
}
