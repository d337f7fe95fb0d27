import type { RateLimit } from "../engine/refusal";
import {
  combineLimits,
  type FailedAuthentications,
  type FailedAuthenticationsPorts,
  ignoreClaimedId,
  makeFailedAuthentications,
} from "./failed-authentications";
import { type CountRequest, makeRateLimit } from "./rate";
import { networkOf } from "./subnet";

/** The limits an operator sets. An undefined one is off and costs nothing. */
export interface Limits {
  /** Failed client authentications, per claimed client and subnet. */
  failures?: RateLimit | undefined;
  /** Failed client authentications, per subnet, for all claimed clients together. */
  failuresFrom?: RateLimit | undefined;
  /** Requests of an authenticated client. */
  perClient?: RateLimit | undefined;
  /** Requests under an API key that was found valid. */
  perApiKey?: RateLimit | undefined;
  /** Requests from an IPv4 address or an IPv6 /64. */
  perSource?: RateLimit | undefined;
}

/** The limits of client authentication. An undefined one is off. */
export interface ClientLimits {
  failures: FailedAuthentications | undefined;
  countClientRequest: CountRequest | undefined;
  countKeyRequest: CountRequest | undefined;
}

export interface EnforcedLimits extends ClientLimits {
  /** Takes the address a request came from. */
  countSourceRequest: CountRequest | undefined;
}

/**
 * Builds the limits that are set.
 * @param limits none by default
 */
export function makeLimits(ports: FailedAuthenticationsPorts, limits: Limits = {}): EnforcedLimits {
  const { failures, failuresFrom, perClient, perApiKey, perSource } = limits;
  const inForce = [failures, failuresFrom, perClient, perApiKey, perSource].filter((limit) => limit !== undefined);
  const makeRate = (what: string, limit: RateLimit | undefined) => limit && makeRateLimit(ports.counts, what, { ...limit, inForce });
  const makeFailures = (limit: RateLimit | undefined) =>
    limit === undefined ? [] : [makeFailedAuthentications(ports, { ...limit, inForce })];
  const countNetworkRequest = makeRate("requests from", perSource);
  return {
    failures: combineLimits([...makeFailures(failures), ...makeFailures(failuresFrom).map(ignoreClaimedId)]),
    countClientRequest: makeRate("requests of client", perClient),
    countKeyRequest: makeRate("requests under API key", perApiKey),
    countSourceRequest: countNetworkRequest && ((source, now) => countNetworkRequest(networkOf(source), now)),
  };
}
