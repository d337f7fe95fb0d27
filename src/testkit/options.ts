import type { Server } from "node:http";
import type { ContractOptions, LimitOptions, TestingOptions } from "../app/options";
import type { BuiltInContract } from "../contracts/registry";
import type { FrontDoorOptions } from "../front-door/options";
import type { WiredContract } from "../contracts/wire";
import type { OtpSender } from "../engine/ports/otp";
import type { SigningAlgorithm } from "../engine/client";
import type { UserLoginTimes } from "../engine/user-login";
import type { Register } from "../registration/register";
import type { Faults } from "../sandbox/fault";
import type { SandboxOptions } from "../sandbox/options";
import type { Database, DatabaseSettings } from "../store/database";
import type { Observer } from "../telemetry/observer";
import type { MakeDemoRequest } from "./demo-requests";
import type { PlainResponse } from "./send-request";
import type { SeededClient, SeededPerson, SeededUser } from "./seed";
import type { SandboxKit } from "./sandbox-kit";
import type { TestTls } from "./tls";
import type { SentOtp, ProgrammeKit } from "./programme-kit";

/** The server's clock, which `advance` moves. */
export interface TestClock {
  /** Epoch milliseconds. */
  (): number;
  advance(seconds: number): void;
  /** Milliseconds by which clients and keys that the server keeps in memory age: real time, and what was advanced. */
  monotonic(): number;
}

export interface TestOptions<Wiring extends readonly WiredContract[] = readonly WiredContract[]> {
  /**
   * `still`: time passes only when the test calls `clock.advance`. `real`: it passes by itself, from now on; for client libraries that compare `exp`
   * with the clock of the machine. Default `still`.
   */
  clock?: "still" | "real";
  /** Epoch milliseconds of the clock at the start; default 2026-01-15T12:00:00Z, or now if the clock is real. */
  startAt?: number;
  /** TCP port of the server; default a free one. */
  port?: number;
  /** `iss`; default the url of the server, so that discovery finds it. */
  issuer?: string;
  /** URL of a PostgreSQL server where databases may be created; default `DATABASE_URL`, else the embedded one. */
  databaseUrl?: string;
  /** Adds a listener with TLS that asks for client certificates. */
  tls?: TestTls;
  /** Addresses and networks whose forwarding headers are believed; default none. */
  trustedProxies?: readonly string[];
  /** Lower-case name of the header in which those proxies send the client's certificate; default none. */
  clientCertHeader?: string;
  /**
   * Contracts beside the built-in ones, each with a demo client: the `wiring` of your own `generated/wiring`. The test imports it, so
   * that its runner compiles it and loads `polymint/contract` once.
   */
  wiring?: Wiring;
  /** Enabled contracts; default all. */
  contracts?: readonly string[];
  /** Prefixes of contracts by name, such as `/vendor`; default those of their policies. */
  prefixes?: ContractOptions["prefixes"];
  /** Hosts of contracts by name; default those of their policies. */
  hosts?: ContractOptions["hosts"];
  /** Signature algorithms by contract; default the contracts' own. */
  algorithms?: ReadonlyMap<string, SigningAlgorithm>;
  /** Requests in progress before new ones get 429; default 1000. */
  maxInFlight?: number;
  /** Rate limits; default none, so that a test may fail as often as it likes. */
  limits?: LimitOptions["limits"];
  /** Where limits are counted; default the database. */
  counts?: LimitOptions["counts"];
  /** The hours in which contracts are served; default always. */
  opensAt?: ContractOptions["opensAt"];
  /** Pages for integrators; default none. */
  frontDoor?: FrontDoorOptions | undefined;
  /** Seconds in which a client whose answer was lost gets the same refresh token again; default 10. */
  refreshGraceSeconds?: number;
  /** Seconds that the `exp` of a client assertion may lie ahead; default 3600. */
  assertionMaxSeconds?: number;
  /** How long a user's login and step-up reach; default 12 hours and 15 minutes. */
  userLogins?: UserLoginTimes;
  /** Sends one-time passwords; by default they are collected in `otps`. Null for no sender. */
  otpSender?: OtpSender | null;
  /** Builds a ledger that replaces the real one. */
  makeLedger?: TestingOptions["makeLedger"];
  /** Fetches the keys of clients in place of the real one. */
  makeRemoteKeys?: TestingOptions["makeRemoteKeys"];
  /** Makes the telemetry hooks of the first server; the others have none. */
  makeObserver?: (ports: { database: Database; clock: TestClock }) => Observer;
  /** Serve with the sandbox; default false. */
  sandbox?: boolean | SandboxOptions;
  /** Check every JSON answer against its spec; default true. */
  validateResponses?: boolean;
  /** Changes the connection parameters, for tests of faults between server and database. */
  connectThrough?: (connection: Record<string, unknown>) => Record<string, unknown>;
  /** What stands before the database; default `none`. */
  pooler?: DatabaseSettings["pooler"];
  /** Milliseconds until a connection to the database must be made; default 10,000, because a test machine may be busy. */
  connectTimeoutMs?: number;
  /** Milliseconds that a statement may take; default 10,000. */
  statementTimeoutMs?: number;
  /** Milliseconds that a request may wait for the database before it is refused; default no limit. */
  requestWaitMs?: number;
  /** Database connections; default 8. */
  poolMax?: number;
}

/** How a further server differs from the first. */
export interface OtherServerOptions extends Pick<
  TestOptions,
  "contracts" | "frontDoor" | "hosts" | "maxInFlight" | "opensAt" | "prefixes" | "sandbox"
> {
  /** It stays in the state in which a server is that cannot read its keys yet. */
  starting?: boolean;
}

/**
 * The seeded client of each contract, by the contract's name. A name that is not known when the test is compiled may be none of a contract.
 */
export type SeededClients<Name extends string> = Readonly<Record<Name, SeededClient>> & Readonly<Record<string, SeededClient | undefined>>;

/**
 * A complete Polymint for one suite: its own database, a client for each contract, and its own clock. With `await using` it stops by itself.
 */
export interface TestPolymint<Name extends string = BuiltInContract> extends ProgrammeKit, SandboxKit<Name>, AsyncDisposable {
  /** Base URL, for supertest: `request(polymint.url)`. */
  url: string;
  /** It does not keep the process from ending, unless the program calls `server.ref()`. */
  server: Server;
  /** The faults that are armed; undefined without the sandbox. */
  faults: Faults | undefined;
  /** Base URL of the TLS listener, if the test asked for one. */
  tlsUrl: string | undefined;
  issuer: string;
  clock: TestClock;
  /** Makes a contract's demo request ready to be sent. */
  makeDemoRequest: MakeDemoRequest;
  /** Makes a contract's demo request and sends it. */
  sendDemoRequest(contract: string): Promise<PlainResponse>;
  clients: SeededClients<Name>;
  /** A ROOT user of the programme with two identities. */
  user: SeededUser;
  /** A person who can log in at the pages. */
  person: SeededPerson;
  /** Registers more clients. */
  register: Register;
  database: Database;
  pepper: Buffer;
  masterKey: Buffer;
  /** One-time passwords sent so far. */
  otps: readonly SentOtp[];
  /** Log lines so far. */
  logs: readonly Record<string, unknown>[];
  /** SQL statements sent so far. */
  statements: readonly string[];
  /** Starts another server on the same database, with the same secrets, clock and issuer. It stops with the first. */
  startAnother(options?: OtherServerOptions): Promise<{ url: string }>;
  /** Stops every server and drops the database. */
  stop(): Promise<void>;
}
