import type { Client } from "../client";
import type { Decision } from "../decision";
import type { GrantRequest, GrantType } from "../grant-request";
import type { ContractPolicy } from "../policy";

/** Who asks, through which contract, and when. */
export interface GrantContext {
  /** Has proved itself, and is registered for the grant. */
  client: Client;
  /** Name of the contract that the request came through. */
  contract: string;
  policy: ContractPolicy;
  /** Epoch milliseconds. */
  now: number;
}

/** One way to ask for a token: what registration must know of it, and how it decides. */
export interface Grant<Type extends GrantType, Ports> {
  /** A client gets it only if its registration asks for it by name, or by a redirect URI where it needs one. */
  optIn?: true;
  /** A client needs a redirect URI to use it. */
  needsRedirectUri?: true;
  /** Its tokens come of tokens of that grant, so a client needs both. */
  follows?: GrantType;
  /** A person logged in at our pages is the subject of its tokens. */
  involvesPerson?: true;
  /** A client that proves nothing may use it, because a person decides on each request. */
  allowsPublicClients?: true;
  /**
   * @param ports only those that the grant uses
   * @returns decides on a request. It uses nothing up, so that a refused request can be corrected and sent again.
   */
  make(ports: Ports): (request: GrantRequest<Type>, context: GrantContext) => Decision | Promise<Decision>;
}
