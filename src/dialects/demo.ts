/** What `make run` seeds for a contract so that a newcomer gets a token with one paste. */
export interface Demo {
  client: {
    id: string;
    name: string;
    scopes: readonly string[];
    claims?: Readonly<Record<string, unknown>>;
  };
  /** @returns a shell command that works as pasted. */
  curl(facts: DemoFacts): string;
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
  /** The demo user and its identity, where the contract has them. */
  user: { email: string; password: string; identityId: string; identityType: "CORPORATE" };
}
