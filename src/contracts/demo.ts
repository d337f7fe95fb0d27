import type { AuthMethod } from "../engine/client";
import type { GrantType } from "../engine/grant-request";

/** A client to be registered; what is left out comes from the contract's policy. */
export interface DemoClient {
  id: string;
  name: string;
  scopes: readonly string[];
  claims?: Readonly<Record<string, unknown>>;
  authMethods?: readonly AuthMethod[];
  grants?: readonly GrantType[];
  redirectUris?: readonly string[];
}

/** What `make run` seeds for a contract so that a newcomer gets a token with one paste. */
export interface Demo {
  client: DemoClient;
  /** @returns a shell command that works as pasted. */
  curl(facts: DemoFacts): string;
  /** A flow of the contract in which a person takes part, where it has one. */
  withPerson?: PersonDemo;
}

/** A flow that a command line alone cannot finish: somebody logs in and agrees in between. */
export interface PersonDemo {
  /** What takes part beside the person: "a device". */
  title: string;
  client: DemoClient;
  /** @returns what to do, step by step, with shell commands that work as pasted. */
  steps(facts: Omit<DemoFacts, "user">): string;
}

/** What was seeded, for the curl to use. */
export interface DemoFacts {
  /** Where the server listens, without a trailing slash. */
  url: string;
  /** Our `iss`, which may be another address than the one it listens on. */
  issuer: string;
  clientId: string;
  /** The client's secret or API key. */
  secret: string;
  /** Shell words that run the `polymint` command line, for credentials that must be made afresh. */
  polymint: string;
  /** Private key of the demo client's assertions, where it has one. */
  keyFile: string;
  /** Who logs in at our pages. */
  person: { email: string; password: string };
  /** The demo user and its identity, where the contract has them. */
  user: { email: string; password: string; identityId: string; identityType: "CORPORATE" };
}

/** Text as one word of a POSIX shell, for the demo commands. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
