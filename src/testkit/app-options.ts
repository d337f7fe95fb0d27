import type { AppOptions } from "../app";
import { makePeerOf } from "../http/peer";
import type { TestClock, TestOptions } from "./options";
import type { SentOtp } from "./programme-kit";

/** @returns the options of `createApp` that a test may choose */
export function chooseAppOptions(options: TestOptions, clock: TestClock, otps: SentOtp[]) {
  const {
    trustedProxies = [],
    clientCertHeader,
    otpSender,
    maxInFlight,
    refreshGraceSeconds,
    assertionMaxSeconds,
    userLogins,
    algorithms,
    opensAt,
    sandbox,
  } = options;
  const collector = { send: (sent: SentOtp) => Promise.resolve(void otps.push(sent)) };
  const readsPeers = options.tls !== undefined || trustedProxies.length > 0;
  return {
    contracts: {
      wiring: options.wiring,
      enabled: options.contracts,
      prefixes: options.prefixes,
      hosts: options.hosts,
      ...(opensAt && { opensAt }),
    },
    tokens: {
      ...(algorithms && { algorithms }),
      ...(refreshGraceSeconds !== undefined && { refreshGraceSeconds }),
      ...(assertionMaxSeconds !== undefined && { assertionMaxSeconds }),
      ...(userLogins && { userLogins }),
    },
    edge: {
      ...(maxInFlight !== undefined && { maxInFlight }),
      ...(readsPeers && {
        peerOf: makePeerOf({ clientCa: options.tls?.clientCa, tls: options.tls !== undefined, trustedProxies, clientCertHeader, clock }),
      }),
      requestWaitMs: options.requestWaitMs,
    },
    limits: { ...(options.limits && { limits: options.limits }), counts: options.counts },
    sandbox: sandbox === true ? {} : sandbox === false ? undefined : sandbox,
    otpSender: otpSender === null ? undefined : (otpSender ?? collector),
    frontDoor: options.frontDoor,
    testing: {
      makeLedger: options.makeLedger,
      makeRemoteKeys: options.makeRemoteKeys,
      validateResponses: options.validateResponses ?? true,
      compileLate: true,
      monotonic: () => clock.monotonic(),
    },
  } satisfies Partial<AppOptions>;
}
