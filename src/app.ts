import express, { type Express } from "express";
import type { Logger } from "pino";
import type { operations as DiscoveryOperations } from "../generated/services/discovery";
import discoverySpec from "../generated/services/discovery.json";
import type { operations as HealthOperations } from "../generated/services/health";
import healthSpec from "../generated/services/health.json";
import type { operations as LoginOperations } from "../generated/services/login";
import loginSpec from "../generated/services/login.json";
import type { operations as OAuth2Operations } from "../generated/services/oauth2";
import oauth2Spec from "../generated/services/oauth2.json";
import { wiring } from "../generated/wiring";
import { makeAuthenticators } from "./client-auth/authenticators";
import { makeRemoteKeys } from "./client-auth/remote-keys";
import { serveDialect } from "./dialects/serve";
import { makeAuthenticate } from "./engine/authenticate";
import { makeDecide } from "./engine/decide";
import { makeIssue } from "./engine/issue";
import { makeMint } from "./engine/mint";
import type { Clock, SigningAlgorithm } from "./engine/types";
import { makeKeyRing } from "./keys/key-ring";
import { makeSecretDigest } from "./keys/secret";
import { makeSigner } from "./keys/signer";
import { makeTokenVerifier } from "./keys/token-verifier";
import { logOutcome } from "./log";
import { makeDiscovery } from "./services/discovery";
import { makeHealth } from "./services/health";
import { makeLogin } from "./services/login";
import { makeOAuth2 } from "./services/oauth2";
import type { Contract } from "./spec/contract";
import { mount } from "./spec/mount";
import { type WiredDialect, wireService } from "./spec/wire";
import { makeAssertions } from "./store/assertions";
import { makeAuthTokens } from "./store/auth-tokens";
import { makeClientCache } from "./store/client-cache";
import { makeClientRegistry } from "./store/clients";
import type { Database } from "./store/database";
import { makeIdentities } from "./store/identities";
import { makeLedger } from "./store/ledger";
import { makeLedgerReader } from "./store/ledger-reader";
import { makePartitions } from "./store/partitions";
import { makeSigningKeys } from "./store/signing-keys";
import { makeUsers } from "./store/users";

/** What an app is built from. Nothing is read from the environment, and no clock but this one is looked at. */
export interface AppDeps {
  /** A migrated database. The app does not close it. */
  database: Database;
  /** 32 bytes that key the digests of secrets. */
  pepper: Buffer;
  /** 32 bytes that the signing keys are sealed under. */
  masterKey: Buffer;
  /** `iss`, without a trailing slash. */
  issuer: string;
  clock: Clock;
  log: Logger;
  /** Contracts switched on; all by default. */
  dialects?: readonly string[];
  /** Chosen in place of a dialect's own signature algorithm. */
  algorithms?: ReadonlyMap<string, SigningAlgorithm>;
  /** Seconds; the longest life of any token. */
  longestTokenSeconds: number;
  /** Requests in progress before new ones get 429; 1000 by default. */
  maxInFlight?: number;
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
  let state: "starting" | "serving" | "draining" = "starting";

  const app = express();
  app.disable("x-powered-by").disable("etag").enable("case sensitive routing").enable("strict routing");
  // Whatever NODE_ENV says: Express's own last resort must not show stack traces.
  app.set("env", "production");
  const mounted = mount(
    app,
    contractsOf(parts, deps, () => state === "serving"),
    {
      validateResponses: deps.validateResponses ?? false,
      maxInFlight: deps.maxInFlight ?? 1000,
      started: () => state !== "starting",
      onOutcome: (outcome) => logOutcome(deps.log, outcome),
    },
  );
  // One after the other: compiling validators keeps the event loop busy for longer than a connection may take.
  const warmed = mounted.then(async () => {
    await parts.keys.ensure([...new Set(wiring.map((dialect) => algorithmOf(dialect, deps)))]);
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

type Parts = ReturnType<typeof assemble>;

/** The engine and what it stands on. */
function assemble({ database, pepper, masterKey, issuer, clock, longestTokenSeconds }: AppDeps) {
  const digest = makeSecretDigest(pepper);
  const keys = makeKeyRing({ store: makeSigningKeys(database), masterKey, clock, longestTokenSeconds });
  const verifier = makeTokenVerifier(keys, issuer);
  const clients = makeClientCache(makeClientRegistry({ database, clock }));
  const authTokens = makeAuthTokens({ database, digest });
  const reader = makeLedgerReader(database);
  const ledger = makeLedger({ database, partitions: makePartitions(database) });
  const authenticate = makeAuthenticate(makeAuthenticators({ clients, digest, remoteKeys: makeRemoteKeys() }));
  const decide = makeDecide({ authTokens, identities: makeIdentities(database), verifier, ledger: reader });
  const mint = makeMint({ signer: makeSigner(keys), issuer });
  const issue = makeIssue({ authenticate, decide, mint, ledger, issuer, clock });
  return { keys, verifier, authTokens, reader, ledger, authenticate, issue };
}

/** Every contract, the token endpoints first. */
function contractsOf(parts: Parts, deps: AppDeps, serving: () => boolean): Contract[] {
  const { authenticate, authTokens, keys, verifier, reader: ledger } = parts;
  const { database, clock, issuer } = deps;
  const login = makeLogin({ authenticate, logins: makeUsers(database), authTokens, clock, issuer, dialect: "weavr" });
  const oauth2 = makeOAuth2({ authenticate, assertions: makeAssertions(database), verifier, ledger, clock, issuer });
  return [
    ...wiring.map((dialect) => served(dialect, parts, deps)),
    { ...wireService<LoginOperations>("login", loginSpec, login), enabled: isEnabled("weavr", deps) },
    wireService<OAuth2Operations>("oauth2", oauth2Spec, oauth2),
    { ...wireService<HealthOperations>("health", healthSpec, makeHealth({ serving, database: answers(database) })), vital: true },
    // Last, because it also answers for paths that are near no contract's.
    wireService<DiscoveryOperations>("discovery", discoverySpec, makeDiscovery(keys)),
  ];
}

function served(dialect: WiredDialect, { issue }: Parts, deps: AppDeps): Contract {
  const { name, policy, spec } = dialect;
  const endpoint = `${deps.issuer}${Object.keys(spec.paths)[0]}`;
  return serveDialect(dialect, issue, { name, policy, algorithm: algorithmOf(dialect, deps), endpoint }, isEnabled(name, deps));
}

function isEnabled(dialect: string, deps: AppDeps): boolean {
  return deps.dialects?.includes(dialect) ?? true;
}

function algorithmOf({ name, policy }: WiredDialect, deps: AppDeps): SigningAlgorithm {
  return deps.algorithms?.get(name) ?? policy.algorithm;
}

function answers(database: Database): () => Promise<boolean> {
  return () =>
    database.ping().then(
      () => true,
      () => false,
    );
}
