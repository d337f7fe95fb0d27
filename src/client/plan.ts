/** A value with variables: `{clientId}`; `{scope?}` leaves its member out where there is no value; `{scope[]}` and `{scope[]?}` become lists. */
export type Template = string | number | boolean | null | readonly Template[] | { readonly [name: string]: Template };

/** A request as data, with variables in its values. */
export interface RequestTemplate {
  /** The values of these two variables are the credentials of HTTP Basic: the client's id and secret. */
  readonly basic?: true;
  readonly query?: { readonly [name: string]: Template };
  readonly headers?: { readonly [name: string]: Template };
  readonly body?: Template;
}

/** How a token is asked for by one grant. */
export interface GrantTemplate extends RequestTemplate {
  /**
   * What the client itself must have. With all of them it can ask again at any time; a grant that needs more, such as a code, works
   * once.
   */
  readonly needs: readonly string[];
  /** What comes anew with each request, such as a code. */
  readonly given: readonly string[];
  /** A request that is sent before, and where its answer has the variable `loginToken`. */
  readonly first?: RequestTemplate & { readonly path: string; readonly take: string };
  /** The claims of the variable `assertion`, beside times and id. Default: those of RFC 7523 §3. */
  readonly assertion?: { readonly [claim: string]: string };
}

/** Where the answer has what a client must know. Places are JSON pointers (RFC 6901). */
export interface AnswerTemplate {
  readonly token: string;
  /** Seconds from now. */
  readonly expiresIn?: string;
  /** Seconds or milliseconds since the epoch, or a date and time. */
  readonly expiresAt?: string;
  /** For answers that do not say it. */
  readonly keepSeconds?: number;
  readonly refreshToken?: string;
}

/** Everything that one contract's client must know of its token endpoint. Written by codegen from `x-token-client` of the spec. */
export interface TokenPlan {
  readonly method: string;
  /** Its parameters are variables too: `/tenants/{tenant}/token`. */
  readonly path: string;
  /** What stands before the contract's paths. */
  readonly prefix: string;
  readonly media: "json" | "form";
  /** By the grant's name in the engine. */
  readonly requests: { readonly [grant: string]: GrantTemplate };
  readonly answer: AnswerTemplate;
  /** The path where a person agrees, for contracts with the authorization code grant. */
  readonly authorize?: string;
}
