/** The pages for integrators. Without them their paths are not found. */
export interface FrontDoorOptions {
  /** What a demonstration seeded. Undefined for any other server: its pages show no credentials. */
  demo?: FrontDoorDemo | undefined;
}

/** What pages may show of a demonstration. All of it is worth nothing elsewhere. */
export interface FrontDoorDemo {
  /** Secrets of the demo clients that have one, by the client's id. */
  secrets: Readonly<Record<string, string>>;
  /** The person who logs in at the pages. */
  person?: { email: string; password: string } | undefined;
  /** The user of a programme. */
  user?: { email: string; password: string; identityId: string } | undefined;
  commands: readonly DemoCommand[];
  /** @param now epoch milliseconds @returns a new client assertion (RFC 7523) @throws Error if the client has no key */
  signAssertion?: (clientId: string, audience: string, now: number) => string;
}

/** Shell commands that work as pasted. */
export interface DemoCommand {
  /** The contract's name. */
  contract: string;
  /** What they are for: "a token", or the flow in which a person takes part. */
  title: string;
  isFlow: boolean;
  text: string;
}
