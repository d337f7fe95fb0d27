/**
 * All reasons for which a request gets no token. Every contract maps every code, and the compiler checks that. The last four
 * are failures of the server and never say anything about the client.
 */
export const refusalCodes = [
  "invalid_request",
  "malformed_request",
  "unsupported_grant_type",
  "invalid_client",
  "client_disabled",
  "unauthorized_client",
  "invalid_scope",
  "invalid_grant",
  "authorization_pending",
  "slow_down",
  "expired_token",
  "access_denied",
  "locked",
  "subject_not_found",
  "not_found",
  "method_not_allowed",
  "not_acceptable",
  "payload_too_large",
  "unsupported_media_type",
  "throttled",
  "outside_hours",
  "not_ready",
  "server_error",
  "dependency_unreachable",
  "dependency_timeout",
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** The rule of the contract that a part of the request broke. */
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

/** One fault of a request, with enough detail for the errors of any contract. */
export interface Problem {
  /** The part of the request that has the fault. `path`: a parameter of the path. */
  in: "body" | "query" | "header" | "path" | "target";
  /** Names from the outermost to the innermost: `["identity", "type"]`. Empty if the part as a whole has the fault. */
  path: readonly string[];
  rule: ProblemRule;
  /** A sentence for the caller. Names the field and the rule, never repeats the value. */
  message: string;
  /** The value that was sent, if any. A reply may repeat it only if the contract says so. */
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
  /** The rate limit that was exceeded, with {@link RefusalCode} `throttled`, unless capacity ran out. */
  limit?: RateLimit;
  /** All rate limits in force, including `limit`; by default only that one. */
  inForce?: readonly RateLimit[];
  /** What failed, with {@link RefusalCode} `dependency_unreachable` and `dependency_timeout`; for the log. */
  dependency?: Dependency;
  cause?: unknown;
}

/**
 * The refusal of a request. The code and the problems are for the caller. The `message` is for the log only and must not
 * contain a secret, token or key.
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

/** Makes the refusal of a request that is not valid. */
export function invalidRequest(privateDetail: string, ...problems: Problem[]): Refusal {
  return new Refusal("invalid_request", privateDetail, { problems });
}

/** What the server depends on to answer: its database, a client's key set, or the webhook that delivers one-time passwords. */
export type Dependency = "database" | "jwks_uri" | "otp_webhook";

/**
 * The other family of failure: something the server depends on cannot be reached, or does not answer in time. It is never
 * an answer about the client, so it is not a {@link Refusal} and no `catch` of a refusal can take it for one.
 */
export class Unavailable extends Error {
  constructor(
    /** For the log, so that the operator sees which dependency failed. */
    readonly dependency: Dependency,
    readonly kind: "unreachable" | "timed_out",
    privateDetail: string,
    cause?: unknown,
  ) {
    super(privateDetail, { cause });
    this.name = "Unavailable";
  }
}

/** Refuses what a server that only reads would have to write. @param what the request needs, for the log */
export function refuseToWrite(what: string): Refusal {
  const detail = `${what} needs a server that writes, and this one only reads`;
  return new Refusal("dependency_unreachable", detail, { dependency: "database", retryAfterSeconds: 5 });
}

/** Turns any thrown value into a refusal. An unexpected error is a `server_error`, never the client's fault. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof Unavailable) {
    const code = thrown.kind === "timed_out" ? "dependency_timeout" : "dependency_unreachable";
    return new Refusal(code, thrown.message, { cause: thrown, dependency: thrown.dependency, retryAfterSeconds: 5 });
  }
  return new Refusal("server_error", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
