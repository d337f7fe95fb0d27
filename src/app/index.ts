import express, { type Express } from "express";
import type { Logger } from "pino";
import { apisOf } from "./contracts";
import type { OtpSender } from "../engine/ports/otp";
import type { Counts } from "../engine/ports/counts";
import type { Clock, SigningAlgorithm } from "../engine/client";
import type { OpensAt } from "../engine/working-hours";
import type { Limits } from "../limits";
import { logOutcome } from "../telemetry/log";
import { mountPagesOf } from "./pages";
import { algorithmsInUse, assemble } from "./engine";
import { makeCapacity } from "../http/capacity";
import { type ExchangeOutcome, mount } from "../http/mount";
import { makeDeadline } from "../http/deadline";
import { directPeer, type PeerOf } from "../http/peer";
import type { Database } from "../store/database";
import type { Ledger } from "../engine/ports/ledger";
import type { LedgerPorts } from "../store/ledger";
import type { Watch } from "../telemetry/observer";

/** What an app is built from. Nothing is read from the environment, and no clock but this one is looked at. */
export interface AppDeps {
  /** A migrated database. The app does not close it. */
  database: Database;
  /** 32 bytes that key the digests of secrets. */
  pepper: Buffer;
  /** 32 bytes that the signing keys are sealed under. */
  masterKey: Buffer;
  /** While the master key is being changed, the one that comes. */
  newMasterKey?: Buffer | undefined;
  /** `iss`, without a trailing slash. */
  issuer: string;
  clock: Clock;
  log: Logger;
  /** Contracts switched on; all by default. */
  contracts?: readonly string[];
  /** Chosen in place of a contract's own signature algorithm. */
  algorithms?: ReadonlyMap<string, SigningAlgorithm>;
  /** Seconds; the longest life of any token. */
  longestTokenSeconds: number;
  /** Requests in progress before new ones get 429; 1000 by default. */
  maxInFlight?: number;
  /** Public base URL for clients with certificates, without a trailing slash; undefined where there is none. */
  tlsUrl?: string | undefined;
  /** Milliseconds after which a request is given up if the database keeps it waiting; never by default. */
  requestWaitMs?: number | undefined;
  /** What is believed of a caller's address and certificate; by default only what the connection itself shows. */
  peerOf?: PeerOf | undefined;
  /** None by default. */
  limits?: Limits | undefined;
  /** Where client limits are counted; by default in the database. */
  counts?: Counts | undefined;
  /** When contracts are served, by their names; those that are not there, always. */
  opensAt?: ReadonlyMap<string, OpensAt> | undefined;
  /** Seconds in which a client whose answer was lost gets the same refresh token again; 10 by default. */
  refreshGraceSeconds?: number;
  /** Brings one-time passwords to weavr's users; without one they cannot step up. */
  otpSender?: OtpSender | undefined;
  /** Builds the ledger: for tests, which put a broken one in the real one's place to see that they would notice. */
  makeLedger?: (ports: LedgerPorts) => Ledger;
  /** Who looks on. */
  watch?: Watch | undefined;
  /** Check every JSON answer against the spec; for tests. */
  validateResponses?: boolean;
}

/** An app that is not listening. */
export interface PolymintApp {
  app: Express;
  /**
   * Resolves when every validator is compiled and there is a key of every algorithm in use; rejects if a spec is broken.
   * Until then requests are answered 503.
   */
  warmed: Promise<void>;
  /** From now on `/health/ready` says no. */
  beginDrain(): void;
  /** Resolves when the ledger has nothing left to write. */
  drained(): Promise<void>;
}

/** Builds the whole server from its parts. */
export function createApp(deps: AppDeps): PolymintApp {
  const parts = assemble(deps);
  const { onOutcome, around } = deps.watch ?? {};
  const { sourceRate } = parts.limits;
  let state: "starting" | "serving" | "draining" = "starting";

  const app = express();
  app.disable("x-powered-by").disable("etag").enable("case sensitive routing").enable("strict routing");
  // Whatever NODE_ENV says: Express's own last resort must not show stack traces.
  app.set("env", "production");
  const shared = {
    capacity: makeCapacity(deps.maxInFlight ?? 1000),
    started: () => state !== "starting",
    peerOf: deps.peerOf ?? directPeer,
    countSource: sourceRate && ((source: string) => sourceRate(source, deps.clock())),
    deadline: makeDeadline(deps.requestWaitMs, () => deps.database.keepsWaiting()),
    onOutcome: (outcome: ExchangeOutcome) => {
      logOutcome(deps.log, outcome);
      onOutcome?.(outcome);
    },
  };
  if (around !== undefined) app.use((_request, _response, next) => around(next));
  mountPagesOf(app, parts, deps, shared);
  const contracts = apisOf(parts, deps, () => state === "serving");
  const mounted = mount(app, contracts, { ...shared, validateResponses: deps.validateResponses ?? false });
  // One after the other: compiling validators keeps the event loop busy for longer than a connection may take.
  const warmed = mounted.then(async () => {
    await parts.keys.ensure(algorithmsInUse(deps));
    if (state === "starting") state = "serving";
  });

  return {
    app,
    warmed,
    beginDrain: () => {
      state = "draining";
    },
    drained: () => parts.ledger.drain(),
  };
}
