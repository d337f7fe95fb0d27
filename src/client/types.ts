import type { Client } from "openapi-fetch";
import type { Token } from "./answer";
import type { AuthorizationRequest, StartedAuthorization } from "./person";
import type { TokenRefused } from "./refused";

type Bodies<Responses, Wanted extends boolean> = {
  [Status in keyof Responses]: (`${Status & (string | number)}` extends `2${string}` ? true : false) extends Wanted
    ? Responses[Status] extends { content: infer Content }
      ? Content[keyof Content]
      : undefined
    : never;
}[keyof Responses];

/** The body that carries a token. */
export type AnswerOf<Operation> = Operation extends { responses: infer Responses } ? Bodies<Responses, true> : never;

/** The bodies of all other answers. */
export type RefusalOf<Operation> = Operation extends { responses: infer Responses } ? Bodies<Responses, false> : never;

/** What every client is made with, beside its credentials. */
export interface ClientOptions {
  /** Where the server is, such as `https://auth.example.net`. */
  baseUrl: string;
  /** What stands before the contract's paths, if the server was told another prefix than the contract's own. */
  prefix?: string;
  /** Default: the global one, when it is called. */
  fetch?: (request: Request) => Promise<Response>;
  /** Epoch milliseconds; default `Date.now`. */
  clock?: () => number;
  /** How long before its end a token is replaced; at most a tenth of its lifetime. Default 30. */
  refreshBeforeSeconds?: number;
  /** How long a token is kept where the answer does not say it, in seconds. */
  keepSeconds?: number;
}

/** The typed client of a contract's operations. It sends no credentials by itself. */
export interface RequestClient<Paths extends object> {
  readonly request: Client<Paths>;
}

/** A client that asks for tokens. `Exchanges`: the grants that work once, with what each needs. */
export interface TokenClient<Paths extends object, Operation, Exchanges> extends RequestClient<Paths> {
  /**
   * Gives the kept token, or asks for a new one shortly before it ends. Callers that wait at the same time share one request.
   * @param options `force` asks for a new one in any case, such as after a 401 of an API
   * @throws TokenRefused; whatever `fetch` throws
   */
  getToken(options?: { force?: boolean }): Promise<Token<AnswerOf<Operation>>>;
  /**
   * Trades what works once, such as a code, for a token, which is kept from then on.
   * @throws TokenRefused; whatever `fetch` throws
   */
  exchange<Grant extends keyof Exchanges>(grant: Grant, given: Exchanges[Grant]): Promise<Token<AnswerOf<Operation>>>;
  /** Forgets the token and the refresh token. */
  forget(): void;
  /** Whether an error is a refusal of the token endpoint, with the body that the contract declares. */
  isRefusal(error: unknown): error is TokenRefused<RefusalOf<Operation>>;
}

/** A client of a contract in which a person takes part. */
export interface PersonClient {
  /** Makes the URL to send the person to. `readCallback` reads where the browser comes back to. */
  authorize(request: AuthorizationRequest): Promise<StartedAuthorization>;
}
