import type { RateLimit } from "../engine/refusal";
import {
  combineLimits,
  type FailedAuthentications,
  type FailedAuthenticationsPorts,
  makeFailedAuthentications,
  ignoreClaimedId,
} from "./failed-authentications";
import { networkOf } from "./subnet";
import { makeRateLimit, type CountRequest } from "./rate";

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

/** The limits of client authentication. An undefined one is off. */
export interface ClientLimits {
  failures: FailedAuthentications | undefined;
  countClientRequest: CountRequest | undefined;
  countKeyRequest: CountRequest | undefined;
}

export interface EnforcedLimits extends ClientLimits {
  /** Counts a request from an address. */
  countSourceRequest: CountRequest | undefined;
}

/** @param limits none by default */
export function makeLimits(ports: FailedAuthenticationsPorts, limits: Limits = {}): EnforcedLimits {
  const { failures, failuresFrom, perClient, perApiKey, perSource } = limits;
  const inForce = [failures, failuresFrom, perClient, perApiKey, perSource].filter((limit) => limit !== undefined);
  const rate = (what: string, limit: RateLimit | undefined) => limit && makeRateLimit(ports.counts, what, { ...limit, inForce });
  const proofs = (limit: RateLimit | undefined) => (limit === undefined ? [] : [makeFailedAuthentications(ports, { ...limit, inForce })]);
  const ofSource = rate("requests from", perSource);
  return {
    failures: combineLimits([...proofs(failures), ...proofs(failuresFrom).map(ignoreClaimedId)]),
    countClientRequest: rate("requests of client", perClient),
    countKeyRequest: rate("requests under API key", perApiKey),
    countSourceRequest: ofSource && ((source, now) => ofSource(networkOf(source), now)),
  };
}
