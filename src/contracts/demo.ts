import type { AuthMethod, ServiceName } from "../engine/client";
import type { GrantType } from "../engine/grant-request";

/** A client to register. The contract's policy sets what is left out. */
export interface DemoClient {
  id: string;
  name: string;
  scopes: readonly string[];
  claims?: Readonly<Record<string, unknown>>;
  authMethods?: readonly AuthMethod[];
  grants?: readonly GrantType[];
  /** The supporting APIs that it is registered for. */
  services?: readonly ServiceName[];
  /** A path, such as `/playground-callback`, is one of this server. */
  redirectUris?: readonly string[];
}

/** The methods of a token endpoint. */
export type DemoMethod = "POST" | "GET" | "PUT" | "PATCH" | "DELETE";

/**
 * A request as data. `make run` prints it as a curl, and the tests send it, so that what a new user pastes is what is tested.
 * Texts are as the contract reads them: not yet quoted, and encoded only in the path.
 */
export interface DemoRequest {
  /** With the query. */
  path: string;
  /** Default POST. */
  method?: DemoMethod;
  headers?: Readonly<Record<string, string>>;
  /** Credentials for HTTP Basic (RFC 7617). */
  basic?: { user: string; password: string };
  /** A body of the type `application/x-www-form-urlencoded`. */
  form?: Readonly<Record<string, string>>;
  /** A JSON body; its type is `application/json` if `headers` has no Content-Type. */
  json?: unknown;
}

/** What `make run` seeds for a contract, so that a new user gets a token with one paste. */
export interface Demo {
  client: DemoClient;
  /** Makes a token request that is granted. Called anew for each request, because some credentials are valid once. */
  request(facts: DemoFacts): DemoRequest | Promise<DemoRequest>;
  /** The flow of the contract in which a person takes part, if it has one. */
  withPerson?: PersonDemo;
}

/** A flow that a command line alone cannot finish, because a person must log in and agree. */
export interface PersonDemo {
  /** The other party of the flow, such as "a device". */
  title: string;
  client: DemoClient;
  /** Describes the flow step by step, with shell commands that work as pasted. */
  steps(facts: PersonDemoFacts): string;
}

/** @returns the clients that a demonstration of a contract has */
export function listDemoClients({ demo: { client, withPerson } }: { demo: Demo }): DemoClient[] {
  return [client, ...(withPerson === undefined ? [] : [withPerson.client])];
}

/** The seeded data that the steps of a person's flow use. */
export interface PersonDemoFacts {
  /** Where the server listens, without a trailing slash. */
  url: string;
  clientId: string;
  /** The client's secret; empty for a client that has none. */
  secret: string;
  /** The person who logs in on our pages. */
  person: { email: string; password: string };
  /** The redirect URI of the playground: see {@link toOwnRedirectUri}. */
  callback: string;
}

/** The seeded data that a request uses, and what must be new for each request. */
export interface DemoFacts extends PersonDemoFacts {
  /** The server's `iss`, which may differ from the address it listens on. */
  issuer: string;
  /** The demo user and its identity, in contracts that have them. */
  user: { email: string; password: string; identityId: string; identityType: "CORPORATE" };
  /** @returns a new assertion of the client (RFC 7523) for this audience */
  assertion: (audience: string) => string;
  /** @returns a new authorization code, as if the person had just consented */
  code: (request: DemoCodeRequest) => string;
  /** Sends another request first. @returns a member of the JSON object that answers it */
  readAnswer: (request: DemoRequest, member: string) => string | Promise<string>;
}

/** What an authorization code is made for. */
export interface DemoCodeRequest {
  /** One that the demo client is registered with. */
  redirectUri: string;
  /** Separated by spaces. */
  scope: string;
  /** RFC 7636 §4.1. */
  codeVerifier: string;
}

/** The path of the page where the playground takes authorization codes. */
export const callbackPath = "/playground-callback";

/**
 * Makes the redirect URI of a page of this server. A client may register plain http for the person's own machine only (RFC 8252 §7.3),
 * so the host of any other http issuer becomes localhost: a demonstration in a container is reached there too.
 */
export function toOwnRedirectUri(path: string, issuer: string): string {
  const isOwnMachine = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)/.test(issuer);
  if (isOwnMachine || !issuer.startsWith("http:")) return `${issuer}${path}`;
  const { port, pathname } = new URL(issuer);
  return `http://localhost${port === "" ? "" : `:${port}`}${pathname === "/" ? "" : pathname}${path}`;
}

/** Lists the redirect URIs to register for a demo client that uses any: its own, and the playground's. */
export function listRedirectUris({ redirectUris }: DemoClient, issuer: string): string[] | undefined {
  if (redirectUris === undefined) return undefined;
  const all = [...redirectUris, callbackPath].map((uri) => (uri.startsWith("/") ? toOwnRedirectUri(uri, issuer) : uri));
  return [...new Set(all)];
}

/** Quotes text as one word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
