/**
 * The closed vocabulary of everything that can end a request other than a token. Every contract maps every code; the
 * compiler sees to it. The last four are the engine's own troubles and never say anything about the client.
 */
export type RefusalCode =
  | "invalid_request"
  | "malformed_request"
  | "unsupported_grant_type"
  | "invalid_client"
  | "client_disabled"
  | "unauthorized_client"
  | "invalid_scope"
  | "invalid_grant"
  | "authorization_pending"
  | "slow_down"
  | "expired_token"
  | "access_denied"
  | "locked"
  | "subject_not_found"
  | "not_found"
  | "method_not_allowed"
  | "not_acceptable"
  | "payload_too_large"
  | "unsupported_media_type"
  | "throttled"
  | "outside_hours"
  | "not_ready"
  | "server_error"
  | "database_unreachable"
  | "database_timeout";

/** Which rule of the contract a part of the request broke. */
export type ProblemRule =
  | "required"
  | "blank"
  | "type"
  | "enum"
  | "pattern"
  | "format"
  | "min_length"
  | "max_length"
  | "exactly_one"
  | "duplicated"
  | "undecodable"
  | "not_empty";

/** One fault of a request, precise enough for any contract's error detail. */
export interface Problem {
  /** Where the faulty part stands. */
  in: "body" | "query" | "header" | "target";
  /** Names from the outside to the leaf: `["identity", "type"]`. Empty for the part as a whole. */
  path: readonly string[];
  rule: ProblemRule;
  /** A sentence for the caller. Names the field and the rule, never repeats the value. */
  message: string;
  /** The value that was sent, where there was one. A contract may echo it only where its contract says so. */
  value?: unknown;
}

export interface RateLimit {
  count: number;
  windowSeconds: number;
}

export interface RefusalDetails {
  problems?: readonly Problem[];
  /** Methods for `Allow`, with {@link RefusalCode} `method_not_allowed` (RFC 9110 §15.5.6). */
  allow?: readonly string[];
  /** Seconds until another try makes sense, for `Retry-After`. */
  retryAfterSeconds?: number;
  /** What {@link RefusalCode} `throttled` is about, where it is a rate: so many in so many seconds. */
  limit?: RateLimit;
  /** All rates in force, that one among them; by default it alone. */
  inForce?: readonly RateLimit[];
  cause?: unknown;
}

/**
 * A request that gets no token. The code and the problems are for the caller; `message` is the private half, for the
 * log alone, and must not carry a secret, token or key.
 */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly problems: readonly Problem[];
  readonly allow: readonly string[];
  readonly retryAfterSeconds: number | undefined;
  readonly limit: RateLimit | undefined;
  readonly inForce: readonly RateLimit[];

  constructor(code: RefusalCode, privateDetail: string, details: RefusalDetails = {}) {
    super(privateDetail, { cause: details.cause });
    this.name = "Refusal";
    this.code = code;
    this.problems = details.problems ?? [];
    this.allow = details.allow ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.limit = details.limit;
    this.inForce = details.inForce ?? (details.limit === undefined ? [] : [details.limit]);
  }
}

/** A refusal of a request for what it says; shorthand for the many places that find exactly one fault. */
export function invalidRequest(privateDetail: string, ...problems: Problem[]): Refusal {
  return new Refusal("invalid_request", privateDetail, { problems });
}

/**
 * The other family of failure: something the server depends on is away. It is never an answer about the client, so it
 * is not a {@link Refusal} and no `catch` of a refusal can take it for one.
 */
export class Unavailable extends Error {
  readonly kind: "unreachable" | "timed_out";

  constructor(kind: Unavailable["kind"], privateDetail: string, cause?: unknown) {
    super(privateDetail, { cause });
    this.name = "Unavailable";
    this.kind = kind;
  }
}

/** Brings any thrown value into the closed vocabulary. What nobody foresaw is a `server_error`, never the client's fault. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof Unavailable) {
    const code = thrown.kind === "timed_out" ? "database_timeout" : "database_unreachable";
    return new Refusal(code, thrown.message, { cause: thrown, retryAfterSeconds: 5 });
  }
  return new Refusal("server_error", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
