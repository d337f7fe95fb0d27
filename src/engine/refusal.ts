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
  | "dependency_unreachable"
  | "dependency_timeout";

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
  /** What failed, with {@link RefusalCode} `dependency_unreachable` and `dependency_timeout`; for the log. */
  dependency?: Dependency;
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
  readonly dependency: Dependency | undefined;

  constructor(code: RefusalCode, privateDetail: string, details: RefusalDetails = {}) {
    super(privateDetail, { cause: details.cause });
    this.name = "Refusal";
    this.code = code;
    this.problems = details.problems ?? [];
    this.allow = details.allow ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.limit = details.limit;
    this.inForce = details.inForce ?? (details.limit === undefined ? [] : [details.limit]);
    this.dependency = details.dependency;
  }
}

/** A refusal of a request for what it says; shorthand for the many places that find exactly one fault. */
export function invalidRequest(privateDetail: string, ...problems: Problem[]): Refusal {
  return new Refusal("invalid_request", privateDetail, { problems });
}

/** What the server depends on to answer: its database, a client's key set, or what brings one-time passwords to people. */
export type Dependency = "database" | "jwks_uri" | "otp_webhook";

/**
 * The other family of failure: something the server depends on cannot be reached, or does not answer in time. It is never
 * an answer about the client, so it is not a {@link Refusal} and no `catch` of a refusal can take it for one.
 */
export class Unavailable extends Error {
  constructor(
    /** Stands in the log, so that the operator looks at what failed and not at the database. */
    readonly dependency: Dependency,
    readonly kind: "unreachable" | "timed_out",
    privateDetail: string,
    cause?: unknown,
  ) {
    super(privateDetail, { cause });
    this.name = "Unavailable";
  }
}

/** Brings any thrown value into the closed vocabulary. An unforeseen error is a `server_error`, never the client's fault. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof Unavailable) {
    const code = thrown.kind === "timed_out" ? "dependency_timeout" : "dependency_unreachable";
    return new Refusal(code, thrown.message, { cause: thrown, dependency: thrown.dependency, retryAfterSeconds: 5 });
  }
  return new Refusal("server_error", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
