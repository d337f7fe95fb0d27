import { wiring } from "../../generated/wiring";
import type { AppDeps } from ".";
import { makeAuthenticators } from "../client-auth";
import { makeProveDelegate } from "../client-auth/delegated-assertion";
import { makeRemoteKeys } from "../client-auth/remote-keys";
import { makeAuthenticate } from "../engine/authenticate";
import { makeDecide } from "../engine/decide";
import { makeIssue } from "../engine/issue";
import type { Attempts, Counts } from "../engine/ports/counts";
import { makeMint } from "../engine/mint";
import type { SigningAlgorithm } from "../engine/client";
import { makeKeyRing } from "../keys/key-ring";
import { makeSecret, makeSecretDigest, makeSuccessorOf } from "../secrets/secret";
import { makeSigner } from "../keys/signer";
import { makeTokenVerifier } from "../keys/token-verifier";
import { makeInsuredCounts } from "../limits/fallback-counts";
import { makeLimitedAuthenticate } from "../client-auth/rate-limited";
import { makeLimits } from "../limits";
import { logCountsAway, logForeignSeal } from "../telemetry/log";
import type { WiredContract } from "../contracts/wire";
import { makeAttempts } from "../store/counts";
import { makeAuthTokens } from "../store/programmes/auth-tokens";
import { makeAuthorizationCodes } from "../store/people/authorization-codes";
import { makeClientCache } from "../store/clients/cache";
import { makeClientRegistry } from "../store/clients/registry";
import { makeConsents } from "../store/people/consents";
import { makeDelegatedClients } from "../store/programmes/delegated-clients";
import { makeDeviceCodes } from "../store/people/device-codes";
import { makeIdentities } from "../store/programmes/identities";
import { makeJoinedCounts } from "../limits/coalesced-counts";
import { makeLedger } from "../store/ledger";
import { makeLedgerReader } from "../store/ledger/reader";
import { makeOneTimeTokens } from "../store/programmes/one-time-tokens";
import { makePartitions } from "../store/ledger/partitions";
import { makePeople } from "../store/people/people";
import { makeRefreshTokens } from "../store/people/refresh-tokens";
import { makeSessions } from "../store/people/sessions";
import { makeSigningKeys } from "../store/signing-keys";
import { makeTokenFamilies } from "../store/ledger/token-families";
import { timedSteps } from "../telemetry/timed-steps";

/** The engine and what it stands on, built visibly and once. */
export function assemble(deps: AppDeps) {
  const { pepper, masterKey, newMasterKey, issuer, clock, longestTokenSeconds } = deps;
  const onForeignSeal = (kids: readonly string[]): void => logForeignSeal(deps.log, kids);
  const keys = makeKeyRing({ store: makeSigningKeys(deps.database), masterKey, newMasterKey, clock, longestTokenSeconds, onForeignSeal });
  const stores = storesOf(deps);
  const verifier = makeTokenVerifier(keys, issuer);
  const limits = makeLimits({ digest: stores.digest, counts: countsOf(deps, stores.attempts) }, deps.limits);
  const prove = makeAuthenticate(makeAuthenticators({ ...stores, remoteKeys: makeRemoteKeys() }));
  const authenticate = makeLimitedAuthenticate(prove, limits, stores.digest);
  const decide = makeDecide({
    ...stores,
    ledger: stores.reader,
    verifier,
    proveDelegate: makeProveDelegate(stores.delegatedClients),
    newRefreshToken: () => makeSecret("refresh_token"),
    successorOf: makeSuccessorOf(pepper),
    refreshGraceSeconds: deps.refreshGraceSeconds ?? 10,
  });
  const signer = makeSigner(keys);
  const steps = { authenticate, decide, mint: makeMint({ signer, issuer }), ledger: stores.ledger };
  const issue = makeIssue({ ...stores, ...timedSteps(steps, deps.watch?.timed), issuer, tlsUrl: deps.tlsUrl, clock });
  return { ...stores, keys, verifier, authenticate, limits, issue };
}

export type Parts = ReturnType<typeof assemble>;

function storesOf({ database, pepper, clock, watch, makeLedger: makeOwnLedger = makeLedger }: AppDeps) {
  const digest = makeSecretDigest(pepper);
  return {
    digest,
    clients: makeClientCache(makeClientRegistry({ database, clock })),
    ledger: makeOwnLedger({ database, partitions: makePartitions(database), onBatch: watch?.onBatch }),
    reader: makeLedgerReader(database),
    authTokens: makeAuthTokens({ database, digest }),
    identities: makeIdentities(database),
    delegatedClients: makeDelegatedClients(database),
    oneTimeTokens: makeOneTimeTokens(database),
    people: makePeople(database),
    authorizationCodes: makeAuthorizationCodes(database),
    refreshTokens: makeRefreshTokens(database),
    families: makeTokenFamilies(database),
    deviceCodes: makeDeviceCodes(database),
    attempts: makeAttempts(database),
    sessions: makeSessions(database),
    consents: makeConsents(database),
  };
}

/** Counts of one's own are stood in for by the database's while they are away. */
function countsOf({ counts, log }: AppDeps, attempts: Attempts): Counts {
  const joined = makeJoinedCounts(attempts);
  return counts === undefined ? joined : makeInsuredCounts(counts, joined, (away) => logCountsAway(log, away));
}

/** Whether a contract is switched on. */
export function isEnabled(contract: string, deps: AppDeps): boolean {
  return deps.contracts?.includes(contract) ?? true;
}

/** What a contract's tokens are signed with: what the configuration chose, else its own. */
export function algorithmOf({ name, policy }: WiredContract, deps: AppDeps): SigningAlgorithm {
  return deps.algorithms?.get(name) ?? policy.algorithm;
}

/** Every algorithm in use. */
export function algorithmsInUse(deps: AppDeps): SigningAlgorithm[] {
  return [...new Set(wiring.map((contract) => algorithmOf(contract, deps)))];
}
