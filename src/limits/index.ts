import type { RateLimit } from "../engine/refusal";
import { allOf, type FailedProofsPorts, makeFailedProofs, whoeverWasClaimed } from "./failed-authentications";
import type { ClientLimits } from "../client-auth/rate-limited";
import { networkOf } from "./subnet";
import { makeRate, type Rate } from "./rate";

/** What a server limits. Whatever is undefined is off, and costs nothing. */
export interface Limits {
  /** Failed client authentications, for each client and each neighbourhood they come from. */
  failures?: RateLimit | undefined;
  /** Failed client authentications from each neighbourhood, whoever was claimed. */
  failuresFrom?: RateLimit | undefined;
  /** Requests of a client that proved itself. */
  perClient?: RateLimit | undefined;
  /** Requests under an API key, once it proved itself. */
  perApiKey?: RateLimit | undefined;
  /** Requests from an address, or from its /64. */
  perSource?: RateLimit | undefined;
}

export interface MadeLimits extends ClientLimits {
  /** Counts a request from an address. */
  sourceRate: Rate | undefined;
}

/** @param limits none by default */
export function makeLimits(ports: FailedProofsPorts, limits: Limits = {}): MadeLimits {
  const { failures, failuresFrom, perClient, perApiKey, perSource } = limits;
  const inForce = [failures, failuresFrom, perClient, perApiKey, perSource].filter((limit) => limit !== undefined);
  const rate = (what: string, limit: RateLimit | undefined) => limit && makeRate(ports.counts, what, { ...limit, inForce });
  const proofs = (limit: RateLimit | undefined) => (limit === undefined ? [] : [makeFailedProofs(ports, { ...limit, inForce })]);
  const ofSource = rate("requests from", perSource);
  return {
    failures: allOf([...proofs(failures), ...proofs(failuresFrom).map(whoeverWasClaimed)]),
    clientRate: rate("requests of client", perClient),
    keyRate: rate("requests under API key", perApiKey),
    sourceRate: ofSource && ((source, now) => ofSource(networkOf(source), now)),
  };
}
