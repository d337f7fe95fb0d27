import type { Logger } from "pino";
import { type Clock, longestTokenSeconds, type SigningAlgorithm } from "../engine/client";
import { defaultMaxInFlight } from "../config/edge";
import { defaultAssertionMaxSeconds, defaultRefreshGraceSeconds } from "../config/tokens";
import { joinContracts } from "../contracts/registry";
import type { WiredContract } from "../contracts/wire";
import { makeRemoteKeys, type RemoteKeysPorts } from "../client-auth/remote-keys";
import type { RemoteKeys } from "../engine/ports/clients";
import type { Counts } from "../engine/ports/counts";
import type { Ledger } from "../engine/ports/ledger";
import { type ContractAddresses, placeContracts } from "../contracts/address";
import type { PlacedContract } from "../contracts/wire";
import type { OtpSender } from "../engine/ports/otp";
import { defaultUserLoginTimes, type UserLoginTimes } from "../engine/user-login";
import type { OpensAt } from "../engine/working-hours";
import { directPeer, type PeerOf } from "../http/peer";
import type { FrontDoorOptions } from "../front-door/options";
import type { Limits } from "../limits";
import type { Database } from "../store/database";
import { type LedgerPorts, makeLedger } from "../store/ledger";
import type { SandboxOptions } from "../sandbox/options";
import type { Observer } from "../telemetry/observer";

/** The public addresses of the server. */
export interface IdentityOptions {
  /** `iss`, without a trailing slash. */
  issuer: string;
  /** Public base URL for clients with certificates, without a trailing slash; undefined where there is none. */
  tlsUrl?: string | undefined;
}

/** Keys that the server holds and the database does not. Each has 32 bytes. */
export interface SecretOptions {
  /** Keys the digests of secrets. */
  pepper: Buffer;
  /** Encrypts the signing keys. */
  masterKey: Buffer;
  /** The next master key, while the master key is being changed. */
  newMasterKey?: Buffer | undefined;
}

/** Which contracts are served, where, and when. */
export interface ContractOptions extends ContractAddresses {
  /** Contracts beside the built-in ones: the `wiring` of another folder. Default: none. */
  wiring?: readonly WiredContract[] | undefined;
  /** Names of the contracts that are switched on. Default: all. */
  enabled?: readonly string[] | undefined;
  /** Working hours by the contract's name. Default: always open. */
  opensAt?: ReadonlyMap<string, OpensAt>;
}

/** How tokens are signed, and how long they live. */
export interface TokenOptions {
  /** Signature algorithm by the contract's name. Default: the contract's own. */
  algorithms?: ReadonlyMap<string, SigningAlgorithm>;
  /** The longest life of any token, in seconds. Default: 30 days. */
  longestTokenSeconds?: number;
  /** Seconds in which a client that did not receive an answer gets the same refresh token again. Default: 10. */
  refreshGraceSeconds?: number;
  /** Seconds that the `exp` of a client assertion may lie ahead. Default: 3600. */
  assertionMaxSeconds?: number;
  /** How long a login of a programme's user and a stronger authentication reach. Default: 12 hours and 15 minutes. */
  userLogins?: UserLoginTimes;
}

/** How requests are accepted. */
export interface EdgeOptions {
  /** Requests in progress before new ones get 429. Default: 1000. */
  maxInFlight?: number;
  /** Milliseconds after which a request is ended if the database keeps it waiting. Default: never. */
  requestWaitMs?: number | undefined;
  /** Whether browsers shall use https for the hosts below an https issuer's too. Default: no. */
  hstsSubdomains?: boolean;
  /** Finds the caller's address and certificate. Default: those of the connection. */
  peerOf?: PeerOf;
}

/** Limits on how often callers may try. */
export interface LimitOptions {
  /** Default: no limits. */
  limits?: Limits;
  /** Where limits are counted. Default: in the database. */
  counts?: Counts | undefined;
}

/** A server that only reads. */
export interface ReadsOnlyOptions {
  /** Seconds that the database may be behind its primary, as it was opened for. */
  maxLagSeconds: number;
}

/** For tests. */
export interface TestingOptions {
  /** Builds the ledger. Tests replace it by a broken one, to show that they would notice. */
  makeLedger?: ((ports: LedgerPorts) => Ledger) | undefined;
  /** Fetches the keys of clients. Tests replace this too. */
  makeRemoteKeys?: ((ports: RemoteKeysPorts) => RemoteKeys) | undefined;
  /** Check every JSON answer against the spec. Default: no. */
  validateResponses?: boolean;
  /** Compile the validator of an operation at its first request, not at the start, which then takes 0.1 s less. Default: no. */
  compileLate?: boolean;
  /** Milliseconds since any fixed point, by which clients and keys that are kept in memory age. Default: the time since the start. */
  monotonic?: () => number;
}

/** The options of an app. It reads nothing from the environment and uses no other clock. */
export interface AppOptions {
  /** A migrated database. The app does not close it. */
  database: Database;
  clock: Clock;
  log: Logger;
  identity: IdentityOptions;
  secrets: SecretOptions;
  contracts?: ContractOptions;
  tokens?: TokenOptions;
  edge?: EdgeOptions;
  limits?: LimitOptions;
  /** Delivers one-time passwords to users. Without one, users cannot step up. */
  otpSender?: OtpSender | undefined;
  /** `/health/ready` is 503 while commits do not wait for a standby. Default: no. */
  requireSync?: boolean | undefined;
  /** Pages for integrators. Default: none, and their paths are not found. */
  frontDoor?: FrontDoorOptions | undefined;
  /** Hooks for metrics and traces. */
  observer?: Observer | undefined;
  /** Lets requests ask for their own refusals, and faults be armed. Default: off, and then it costs nothing. */
  sandbox?: SandboxOptions | undefined;
  /** Answers only what writes nothing, from a database that may be a standby. Default: answers everything. */
  readsOnly?: ReadsOnlyOptions | undefined;
  testing?: TestingOptions;
}

/** The options with every default in place. */
export interface AppSettings {
  database: Database;
  clock: Clock;
  log: Logger;
  identity: { issuer: string; tlsUrl: string | undefined };
  secrets: { pepper: Buffer; masterKey: Buffer; newMasterKey: Buffer | undefined };
  contracts: { all: readonly PlacedContract[]; enabled: readonly string[] | undefined; opensAt: ReadonlyMap<string, OpensAt> };
  tokens: Required<TokenOptions>;
  edge: { maxInFlight: number; requestWaitMs: number | undefined; hstsSubdomains: boolean; peerOf: PeerOf };
  limits: { limits: Limits; counts: Counts | undefined };
  otpSender: OtpSender | undefined;
  requireSync: boolean;
  frontDoor: FrontDoorOptions | undefined;
  observer: Observer;
  sandbox: SandboxOptions | undefined;
  readsOnly: ReadsOnlyOptions | undefined;
  testing: {
    makeLedger: (ports: LedgerPorts) => Ledger;
    makeRemoteKeys: (ports: RemoteKeysPorts) => RemoteKeys;
    validateResponses: boolean;
    compileLate: boolean;
    monotonic: () => number;
  };
}

/** Fills in the defaults. */
export function resolveOptions({ identity, secrets, contracts, tokens, edge, limits, testing, ...others }: AppOptions): AppSettings {
  return {
    database: others.database,
    clock: others.clock,
    log: others.log,
    identity: { issuer: identity.issuer, tlsUrl: identity.tlsUrl },
    secrets: { pepper: secrets.pepper, masterKey: secrets.masterKey, newMasterKey: secrets.newMasterKey },
    contracts: {
      all: placeContracts(joinContracts(contracts?.wiring), contracts),
      enabled: contracts?.enabled,
      opensAt: contracts?.opensAt ?? new Map(),
    },
    tokens: {
      algorithms: new Map(),
      longestTokenSeconds,
      refreshGraceSeconds: defaultRefreshGraceSeconds,
      assertionMaxSeconds: defaultAssertionMaxSeconds,
      userLogins: defaultUserLoginTimes,
      ...tokens,
    },
    edge: { maxInFlight: defaultMaxInFlight, hstsSubdomains: false, peerOf: directPeer, ...edge, requestWaitMs: edge?.requestWaitMs },
    limits: { limits: limits?.limits ?? {}, counts: limits?.counts },
    otpSender: others.otpSender,
    requireSync: others.requireSync ?? false,
    frontDoor: others.frontDoor,
    observer: others.observer ?? {},
    sandbox: others.sandbox,
    readsOnly: others.readsOnly,
    testing: {
      makeLedger: testing?.makeLedger ?? makeLedger,
      makeRemoteKeys: testing?.makeRemoteKeys ?? makeRemoteKeys,
      validateResponses: testing?.validateResponses ?? false,
      compileLate: testing?.compileLate ?? false,
      monotonic: testing?.monotonic ?? (() => performance.now()),
    },
  };
}
