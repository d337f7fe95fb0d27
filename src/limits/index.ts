import type { Counts } from "../engine/ports/counts";
import type { RateLimit } from "../engine/refusal";
import {
  checkEveryProof,
  combineLimits,
  type FailedAuthentications,
  type FailureOrigin,
  makeFailedAuthentications,
} from "./failed-authentications";
import { countAlso, type CountedAttempt } from "./counted-attempt";
import { type CountRequest, makeRateLimit } from "./rate";
import { makeSlowLimit, type Pace, type SlowLimit } from "./slow-limit";
import { networkOf, subnetOf } from "./subnet";

/** The limits an operator sets. An undefined one is off and costs nothing. */
export interface Limits {
  /** Failed client authentications from an IPv4 address or an IPv6 /64, before no more proofs from there are checked. */
  failures?: RateLimit | undefined;
  /** Failed client authentications from a subnet, before further ones are answered `throttled`. Right proofs still pass. */
  failuresFrom?: RateLimit | undefined;
  /** Requests of an authenticated client. */
  perClient?: RateLimit | undefined;
  /** Requests under an API key that was found valid. */
  perApiKey?: RateLimit | undefined;
  /** Requests from an IPv4 address or an IPv6 /64. */
  perSource?: RateLimit | undefined;
  /** Failed logins of one person at the pages, before further ones have to wait. */
  perPerson?: RateLimit | undefined;
  /** Failed logins of a programme's users from an IPv4 address or an IPv6 /64, before further ones have to wait. */
  userLoginsFrom?: RateLimit | undefined;
  /** Failed logins of a programme's users, from everywhere, before further ones have to wait. */
  userLoginsOf?: RateLimit | undefined;
  /** Device codes asked for from an IPv4 address or an IPv6 /64. */
  devicesFrom?: RateLimit | undefined;
  /** Device codes asked for by one client, from everywhere. */
  devicesOf?: RateLimit | undefined;
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
  /** Guesses at one person's password, from browsers that the person has not logged in with. */
  personLogins: SlowLimit;
  /**
   * Counts a login of a programme's user before the password is compared. Both limits only slow: behind one address there
   * is usually a programme's own server, with all of its users behind it.
   * @throws Refusal `throttled`, Unavailable
   */
  countUserLogin(programmeId: string, source: string, now: number): Promise<CountedAttempt>;
  /**
   * Counts that a client asks for device codes. The caller's own network comes first, so that one that has used up its limit
   * uses up nothing of the client's, whose id is no secret.
   * @throws Refusal `throttled`, Unavailable
   */
  countDeviceCodes(clientId: string, source: string, now: number): Promise<void>;
}

/** The wait doubles from one second to a quarter of an hour. So a year of guessing is worth about 40,000 guesses from however many addresses. */
const personPace: Pace = { attempts: 1, secondsOf: (excess) => Math.min(900, 2 ** (excess - 1)) };

// The two differ in what stands before the origin: a /64 is both an address and a subnet.
const failuresOfSubnet: FailureOrigin = { what: "failed authentications from", originOf: subnetOf };
const failuresOfAddress: FailureOrigin = { what: "proofs that were checked in vain from", originOf: networkOf };

/** Half a failure per second. Logins that succeed give their place back, so honest users share the turn with few. */
const sourcePace: Pace = { attempts: 5, secondsOf: () => 10 };
const programmePace: Pace = { attempts: 10, secondsOf: () => 10 };

/**
 * Builds the limits that are set.
 * @param limits none by default
 */
export function makeLimits(counts: Counts, limits: Limits = {}): EnforcedLimits {
  const { failures, failuresFrom, perClient, perApiKey, perSource } = limits;
  const inForce = [failures, failuresFrom, perClient, perApiKey, perSource].filter((limit) => limit !== undefined);
  const makeRate = (what: string, limit: RateLimit | undefined) => limit && makeRateLimit(counts, what, { ...limit, inForce });
  const makeFailures = (origin: FailureOrigin, limit: RateLimit | undefined) =>
    limit === undefined ? [] : [makeFailedAuthentications(counts, origin, { ...limit, inForce })];
  const loginsFrom = makeSlowLimit(counts, "failed logins from one network at a programme", limits.userLoginsFrom, sourcePace);
  const loginsOf = makeSlowLimit(counts, "failed logins at one programme", limits.userLoginsOf, programmePace);
  const countDevicesFrom = makeRate("device codes asked for from", limits.devicesFrom);
  const countDevicesOf = makeRate("device codes of client", limits.devicesOf);
  const countNetworkRequest = makeRate("requests from", perSource);
  return {
    failures: combineLimits([
      ...makeFailures(failuresOfSubnet, failuresFrom).map(checkEveryProof),
      ...makeFailures(failuresOfAddress, failures),
    ]),
    countClientRequest: makeRate("requests of client", perClient),
    countKeyRequest: makeRate("requests under API key", perApiKey),
    personLogins: makeSlowLimit(counts, "failed logins of one person", limits.perPerson, personPace),
    async countUserLogin(programmeId, source, now) {
      const network = `${networkOf(source)} ${programmeId}`;
      await loginsFrom.mustNotWait(network, now);
      await loginsOf.mustNotWait(programmeId, now);
      return countAlso(await loginsFrom.count(network, now), () => loginsOf.count(programmeId, now));
    },
    async countDeviceCodes(clientId, source, now) {
      await countDevicesFrom?.(networkOf(source), now);
      await countDevicesOf?.(clientId, now);
    },
    countSourceRequest: countNetworkRequest && ((source, now) => countNetworkRequest(networkOf(source), now)),
  };
}
