import type { Client } from "../client";
import type { Decision } from "../decision";
import type { GrantRequest, GrantType } from "../grant-request";
import type { ContractPolicy } from "../policy";

/** The client, the contract and the time of a request. */
export interface GrantContext {
  /** It is authenticated and registered for the grant. */
  client: Client;
  /** Name of the contract that the request came through. */
  contract: string;
  policy: ContractPolicy;
  /** Epoch milliseconds. */
  now: number;
}

/** A grant: the facts that registration needs, and how it decides on requests. */
export interface Grant<Type extends GrantType, Ports> {
  /** A client has it only if its registration names it, or names a redirect URI and the grant needs one. */
  optIn?: true;
  /** A client needs a redirect URI to use it. */
  needsRedirectUri?: true;
  /** It exchanges tokens of that other grant, so a client needs both. */
  follows?: GrantType;
  /** The subject of its tokens is a person who logged in on our pages. */
  involvesPerson?: true;
  /** The subject of its tokens is an identity of a programme. */
  involvesIdentity?: true;
  /** The actor of its tokens is a user of a programme. */
  involvesUser?: true;
  /** The actor of its tokens is a delegated API client of a programme. */
  involvesDelegate?: true;
  /** A client without authentication may use it, because a person decides on each request. */
  allowsPublicClients?: true;
  /**
   * @param ports only those that the grant uses
   * @returns a function that decides on a request. It spends nothing, so that a refused request can be corrected and sent again.
   */
  make(ports: Ports): (request: GrantRequest<Type>, context: GrantContext) => Decision | Promise<Decision>;
}
