import express, { type Express, type RequestHandler } from "express";
import { makeCapacity } from "../http/capacity";
import { makeDeadline } from "../http/deadline";
import { mountApis } from "../http/mount";
import type { ExchangeOutcome } from "../http/request-state";
import { makeInsertedPathReader, makeTargetReader } from "../http/target";
import { makeTransportSecurity } from "../http/transport-security";
import { sandboxHeaders } from "../sandbox/headers";
import { reportUnlistedProxy } from "../http/unlisted-proxy";
import type { Faults } from "../sandbox/fault";
import type { Recorder } from "../sandbox/recorder";
import { makeInnerRequests } from "../server/inner-requests";
import { logOutcome, logUnlistedProxy } from "../telemetry/log";
import type { SigningAlgorithm } from "../engine/client";
import { listAlgorithmsInUse } from "../engine/algorithms";
import { mustHaveOwnAddresses } from "./addresses";
import { buildContractApis } from "./contracts";
import { buildEngine } from "./engine";
import { watchLedger } from "./ledger-watch";
import { buildMappedApis } from "./mapped-operations";
import { type AppOptions, type AppSettings, resolveOptions } from "./options";
import { mountAllPages } from "./pages";
import { buildRecorder } from "./recorder";
import { makeSandbox } from "./sandbox";
import { buildServiceApis } from "./services";

export type { AppOptions } from "./options";

/** An app that is not listening. */
export interface PolymintApp {
  app: Express;
  /**
   * Resolves when every validator is compiled and there is a key of every algorithm in use; rejects if a spec is broken.
   * Until then requests are answered 503.
   */
  warmed: Promise<void>;
  /** The faults that are armed; undefined without a sandbox. */
  faults: Faults | undefined;
  /** What clients sent and got; undefined without a sandbox. */
  recorder: Pick<Recorder, "list"> | undefined;
  /** Makes `/health/ready` answer 503 from now on. */
  beginDrain(): void;
  /**
   * From now on looks for the tokens that this app has answered whenever the database may have been replaced, and writes to the
   * database what is missing.
   * @returns a function that stops it; its promise resolves when the database is not used any more
   */
  watchLedger(): () => Promise<void>;
  /** Resolves when the ledger has nothing left to write, nor the recorder. */
  drainLedger(): Promise<void>;
}

/** Builds the whole server: the engine, every contract, service and page, and the Express app that serves them. */
export function createApp(options: AppOptions): PolymintApp {
  const resolved = resolveOptions(options);
  const sandbox = resolved.sandbox && makeSandbox(resolved.sandbox, resolved.clock);
  const settings = sandbox === undefined ? resolved : { ...resolved, clock: sandbox.clock };
  const { database, clock, log, identity, edge, observer, testing } = settings;
  const engine = buildEngine(settings, sandbox);
  const { countSourceRequest } = engine.limits;
  let state: "starting" | "serving" | "draining" = "starting";

  const app = makeExpress({ ...makeTransportSecurity(identity.issuer, edge.hstsSubdomains), ...(sandbox && sandboxHeaders) });
  const recorder = sandbox && buildRecorder(() => [...contracts, ...services], settings);
  // Only where the pages that need it are: otherwise no request has the extra steps.
  const inner = settings.frontDoor && makeInnerRequests(app);
  const peerOf = reportUnlistedProxy(edge.peerOf, (found) => logUnlistedProxy(log, found));
  const shared = {
    capacity: makeCapacity(edge.maxInFlight),
    readsOnly: settings.readsOnly !== undefined,
    started: () => state !== "starting",
    peerOf: inner?.findPeer(peerOf) ?? peerOf,
    countSource: countSourceRequest && ((source: string) => countSourceRequest(source, clock())),
    origins: engine.origins,
    deadline: makeDeadline(edge.requestWaitMs, () => database.isSlow()),
    onOutcome: (outcome: ExchangeOutcome) => {
      logOutcome(log, outcome);
      recorder?.onOutcome(outcome);
      observer.onOutcome?.(outcome);
      inner?.observe(outcome);
    },
  };
  if (recorder !== undefined) app.use(recorder.handler);
  const { wrapRequest } = observer;
  if (wrapRequest !== undefined) app.use((_request, _response, next) => wrapRequest(next));
  app.use(...makeTargetReaders(settings));
  const faults = sandbox?.buildFaults(() => [...contracts, ...services], settings);
  const pages = mountAllPages(app, engine, settings, shared, { inner, sandbox: faults && recorder && { faults, recorder } });
  const contracts = buildContractApis(engine, settings);
  const services = buildServiceApis(engine, settings, () => state === "serving", { faults, recorder });
  const mapped = buildMappedApis(services, settings);
  const claimants = [
    ...services.map((api) => ({ api, contract: undefined })),
    ...mapped.map((api) => ({ api, contract: api.contract })),
    ...contracts.map((api) => ({ api, contract: api.name })),
  ];
  mustHaveOwnAddresses(claimants, pages);
  const intercept = faults && sandbox?.makeIntercept(faults, engine);
  const mounted = mountApis(app, [...contracts, ...mapped, ...services], { ...shared, ...testing, intercept });
  // Not at once with the mounting: compiling validators blocks the event loop for longer than the connect timeout of the database.
  const warmed = mounted.then(async () => {
    await engine.keys.ensureKeys(listAlgorithmsToMake(settings));
    if (state === "starting") state = "serving";
  });
  // The caller may wait for it later, and until then a failure must not end the process.
  warmed.catch(() => undefined);

  return {
    app,
    warmed,
    faults,
    recorder,
    beginDrain: () => void (state = "draining"),
    watchLedger: () => watchLedger(engine, resolved),
    drainLedger: () => engine.ledger.drain().then(() => recorder?.flush()),
  };
}

/** Where nothing is written no key is made, and those that there are must open all the same. */
function listAlgorithmsToMake({ readsOnly, contracts, tokens }: AppSettings): SigningAlgorithm[] {
  return readsOnly === undefined ? listAlgorithmsInUse(contracts.all, tokens.algorithms) : [];
}

/** Makes an Express app whose answers have these headers. */
function makeExpress(headers: Readonly<Record<string, string>>): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").enable("case sensitive routing").enable("strict routing");
  // Regardless of NODE_ENV, because Express's own error handler must not show stack traces.
  app.set("env", "production");
  const entries = Object.entries(headers);
  if (entries.length > 0)
    app.use((_request, response, next) => {
      for (const [name, value] of entries) response.setHeader(name, value);
      next();
    });
  return app;
}

/** Makes what reads request targets: in absolute form, and with the path of the issuer. */
function makeTargetReaders({ identity: { issuer, tlsUrl }, contracts }: AppSettings): RequestHandler[] {
  const hosts = contracts.all.flatMap(({ address: { host } }) => (host === undefined ? [] : [`http://${host}`, `https://${host}`]));
  return [makeTargetReader([issuer, ...(tlsUrl === undefined ? [] : [tlsUrl]), ...hosts]), makeInsertedPathReader(issuer)];
}
