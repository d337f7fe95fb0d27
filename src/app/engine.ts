import { makeProveDelegate } from "../client-auth/delegated-assertion";
import { makeAuthenticators } from "../client-auth";
import { makeLimitedAuthenticate } from "../client-auth/rate-limited";
import { makeAuthenticate } from "../engine/authenticate";
import { makeDecide } from "../engine/decide";
import { makeIssue } from "../engine/issue";
import { makeMint } from "../engine/mint";
import type { Attempts, Counts } from "../engine/ports/counts";
import { type KeyRing, makeKeyRing } from "../keys/key-ring";
import { makeSigner } from "../keys/signer";
import { makeTokenVerifier } from "../keys/token-verifier";
import { makeLimits } from "../limits";
import { makeCoalescedCounts } from "../limits/coalesced-counts";
import { makeCountFetch } from "../limits/failed-fetches";
import { makeFallbackCounts } from "../limits/fallback-counts";
import { makeMemoryCounts } from "../limits/memory-counts";
import { makeSecret, makeSecretDigest, makeSuccessorDeriver } from "../secrets/secret";
import { makeClientCache } from "../store/clients/cache";
import { makeClientRegistry } from "../store/clients/registry";
import { makeDatabaseCounts } from "../store/counts";
import { makeAnsweredTokens } from "../store/ledger/answered-tokens";
import { makeAssertions } from "../store/ledger/assertions";
import { makePartitions } from "../store/ledger/partitions";
import { makeLedgerReader } from "../store/ledger/reader";
import { makeStandbyFinder } from "../store/ledger/standby-finder";
import { makeRevocations } from "../store/ledger/revocations";
import { makeTokenFamilies } from "../store/ledger/token-families";
import { makeAuthorizationCodes } from "../store/people/authorization-codes";
import { makeOrigins } from "../store/clients/origins";
import { makeRegisteredScopes } from "../store/clients/scopes";
import { makeConsents } from "../store/people/consents";
import { makeDeviceCodes } from "../store/people/device-codes";
import { makePeople } from "../store/people/people";
import { makeRefreshTokens } from "../store/people/refresh-tokens";
import { makeSessions } from "../store/people/sessions";
import { makeAuthTokens } from "../store/programmes/auth-tokens";
import { makeDelegatedClients } from "../store/programmes/delegated-clients";
import { makeIdentities } from "../store/programmes/identities";
import { makeLoginLocks } from "../store/programmes/login-locks";
import { makeOneTimeTokens } from "../store/programmes/one-time-tokens";
import { makeOtpChallenges } from "../store/programmes/otp-challenges";
import { makeUsers } from "../store/programmes/users";
import { makeSigningKeys } from "../store/signing-keys";
import { logCountsAway, logForeignSeal } from "../telemetry/log";
import { timeSteps } from "../telemetry/timed-steps";
import type { AppSettings } from "./options";
import type { Sandbox } from "./sandbox";

/**
 * Builds the engine and every store it uses. Called once per process.
 * @param sandbox left out where there is none
 */
export function buildEngine(settings: AppSettings, sandbox?: Sandbox) {
  const { database, clock, log, identity, secrets, tokens, limits: limiting, observer, testing, readsOnly } = settings;
  const { longestTokenSeconds, refreshGraceSeconds, assertionMaxSeconds } = tokens;
  const onForeignSeal = (kids: readonly string[]): void => logForeignSeal(log, kids);
  const { masterKey, newMasterKey } = secrets;
  const keys = makeKeyRing({
    store: makeSigningKeys(database),
    masterKey,
    newMasterKey,
    clock: sandbox?.trueClock ?? clock,
    monotonic: testing.monotonic,
    longestTokenSeconds,
    onForeignSeal,
  });
  const stores = buildStores(settings, keys);
  const verifier = makeTokenVerifier(keys, identity.issuer);
  const limits = makeLimits(chooseCounts(settings, stores.attempts), limiting.limits);
  const remoteKeys = testing.makeRemoteKeys({ countFetch: makeCountFetch(stores.attempts) });
  const prove = makeAuthenticate(makeAuthenticators({ ...stores, remoteKeys, assertionMaxSeconds, readsOnly: readsOnly !== undefined }));
  const authenticate = makeLimitedAuthenticate(prove, limits, stores.digest);
  const decide = makeDecide({
    ...stores,
    ledger: stores.reader,
    verifier,
    proveDelegate: makeProveDelegate(stores.delegatedClients),
    newRefreshToken: () => makeSecret("refresh_token"),
    successorOf: makeSuccessorDeriver(secrets.pepper),
    refreshGraceSeconds,
    userLogins: tokens.userLogins,
  });
  const mint = makeMint({ signer: sandbox?.makeSigner(keys) ?? makeSigner(keys), issuer: identity.issuer });
  const steps = timeSteps({ authenticate, decide, mint, ledger: stores.ledger }, observer.timeStep);
  const issue = makeIssue({ ...stores, ...steps, ...identity, clock });
  return { ...stores, keys, verifier, authenticate, limits, issue };
}

export type Engine = ReturnType<typeof buildEngine>;

function buildStores({ database, clock, secrets, tokens, observer, testing, readsOnly }: AppSettings, keys: KeyRing) {
  const digest = makeSecretDigest(secrets.pepper);
  const reader = makeLedgerReader(database);
  const answered = makeAnsweredTokens();
  return {
    digest,
    answered,
    assertions: makeAssertions(database),
    attempts: readsOnly === undefined ? makeDatabaseCounts(database) : makeMemoryCounts(),
    authTokens: makeAuthTokens({ database, digest, userLogins: tokens.userLogins }),
    authorizationCodes: makeAuthorizationCodes(database),
    challenges: makeOtpChallenges({ database, digest }),
    clients: makeClientCache(makeClientRegistry({ database, clock, onLookUp: () => keys.readAhead() }), { now: testing.monotonic }),
    registeredScopes: makeRegisteredScopes(database),
    consents: makeConsents(database),
    delegatedClients: makeDelegatedClients(database),
    deviceCodes: makeDeviceCodes(database),
    families: makeTokenFamilies(database),
    identities: makeIdentities(database),
    ledger: testing.makeLedger({ database, partitions: makePartitions(database), answered, onBatch: observer.onBatch }),
    locks: makeLoginLocks({ database, digest }),
    oneTimeTokens: makeOneTimeTokens(database),
    origins: makeOrigins(database, { now: testing.monotonic }),
    people: makePeople(database),
    reader: readsOnly === undefined ? reader : makeStandbyFinder({ ...readsOnly, reader, clock }),
    refreshTokens: makeRefreshTokens(database),
    revocations: makeRevocations(database),
    sessions: makeSessions(database),
    users: makeUsers(database),
  };
}

/** When Redis is unreachable, count where limits are counted without it. */
function chooseCounts({ limits: { counts }, log }: AppSettings, attempts: Attempts): Counts {
  const joined = makeCoalescedCounts(attempts);
  return counts === undefined ? joined : makeFallbackCounts(counts, joined, (away) => logCountsAway(log, away));
}
