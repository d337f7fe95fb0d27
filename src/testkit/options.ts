import type { Server } from "node:http";
import type { ContractOptions, LimitOptions, TestingOptions } from "../app/options";
import type { OtpSender } from "../engine/ports/otp";
import type { SigningAlgorithm } from "../engine/client";
import type { Register } from "../registration/register";
import type { Database } from "../store/database";
import type { Observer } from "../telemetry/observer";
import type { SeededClient, SeededPerson, SeededUser } from "./seed";
import type { TestTls } from "./tls";
import type { SentOtp, WeavrKit } from "./weavr";

/** A clock that stands still until it is told to move, unless time was told to pass. */
export interface FixedClock {
  /** Epoch milliseconds. */
  (): number;
  advance(seconds: number): void;
}

export interface TestOptions {
  /** Epoch milliseconds at which the clock stands at first. */
  startAt?: number;
  /** Lets time pass from there, for other people's programs, which have clocks of their own. */
  timePasses?: boolean;
  /** URL of a PostgreSQL server where databases may be made; default `DATABASE_URL`, else the embedded one. */
  databaseUrl?: string;
  /** `iss`; default `http://polymint.test`. */
  issuer?: string;
  /** Listens with TLS too, and asks for client certificates there. */
  tls?: TestTls;
  /** Addresses and networks whose forwarding headers are believed; default none. */
  trustedProxies?: readonly string[];
  /** Contracts switched on; default all. */
  contracts?: readonly string[];
  algorithms?: ReadonlyMap<string, SigningAlgorithm>;
  maxInFlight?: number;
  /** Default none, so that a test may fail as often as it likes. */
  limits?: LimitOptions["limits"];
  /** Where limits are counted; default the database. */
  counts?: LimitOptions["counts"];
  /** When contracts are served; default always. */
  opensAt?: ContractOptions["opensAt"];
  /** Seconds in which a client whose answer was lost gets the same refresh token again; default 10. */
  refreshGraceSeconds?: number;
  /** Brings one-time passwords to people; by default they are collected in `otps`. Null for none. */
  otpSender?: OtpSender | null;
  /** Builds the ledger in the real one's place. */
  makeLedger?: TestingOptions["makeLedger"];
  /** Who looks on at the first server. */
  watch?: (ports: { database: Database; clock: FixedClock }) => Observer;
  /** Check every JSON answer against its spec; default true. */
  validateResponses?: boolean;
  /** Another way to the database, for tests of faults on that way. */
  connectThrough?: (connection: Record<string, unknown>) => Record<string, unknown>;
  /** Milliseconds; default 10,000 each, since a test machine may be busy. */
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
  /** Milliseconds after which a request is given up if the database keeps it waiting; default never. */
  requestWaitMs?: number;
  /** Database connections; default 8. */
  poolMax?: number;
}

/** A whole Polymint of one's own: its own database, a client for each contract, and time standing still. */
export interface TestPolymint extends WeavrKit {
  /** Where it listens, for supertest: `request(polymint.url)`. */
  url: string;
  server: Server;
  /** Where it listens with TLS, if it was told to. */
  tlsUrl: string | undefined;
  issuer: string;
  clock: FixedClock;
  /** One per contract, by its name. */
  clients: Readonly<Record<string, SeededClient>>;
  /** A ROOT user of the weavr client's programme with two identities. */
  user: SeededUser;
  /** Somebody who can log in at the pages. */
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
  /** Starts a second server on the same database, with the same secrets, clock and issuer; it stops with the first. */
  another(): Promise<{ url: string }>;
  stop(): Promise<void>;
}
