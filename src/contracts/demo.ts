import type { AuthMethod } from "../engine/client";
import type { GrantType } from "../engine/grant-request";

/** A client to register. The contract's policy sets what is left out. */
export interface DemoClient {
  id: string;
  name: string;
  scopes: readonly string[];
  claims?: Readonly<Record<string, unknown>>;
  authMethods?: readonly AuthMethod[];
  grants?: readonly GrantType[];
  redirectUris?: readonly string[];
}

/** What `make run` seeds for a contract, so that a new user gets a token with one paste. */
export interface Demo {
  client: DemoClient;
  /** Makes a shell command that works as pasted. */
  curl(facts: DemoFacts): string;
  /** The flow of the contract in which a person takes part, if it has one. */
  withPerson?: PersonDemo;
}

/** A flow that a command line alone cannot finish, because a person must log in and agree. */
export interface PersonDemo {
  /** The other party of the flow, such as "a device". */
  title: string;
  client: DemoClient;
  /** Describes the flow step by step, with shell commands that work as pasted. */
  steps(facts: Omit<DemoFacts, "user">): string;
}

/** The seeded data that the commands use. */
export interface DemoFacts {
  /** Where the server listens, without a trailing slash. */
  url: string;
  /** The server's `iss`, which may differ from the address it listens on. */
  issuer: string;
  clientId: string;
  /** The client's secret or API key. */
  secret: string;
  /** Shell words that run the `polymint` command line, for credentials that must be new each time. */
  polymint: string;
  /** File with the private key of the demo client, if it signs assertions. */
  keyFile: string;
  /** The person who logs in on our pages. */
  person: { email: string; password: string };
  /** The demo user and its identity, in contracts that have them. */
  user: { email: string; password: string; identityId: string; identityType: "CORPORATE" };
}

/** Quotes text as one word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
