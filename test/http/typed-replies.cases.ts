/**
 * Code that must not compile, one case each. `tsc --noEmit` proves that it does not; `typed-replies.test.ts` proves that
 * every case is exactly one error. This file is never run.
 */
import type { operations } from "../../generated/abbeycross";
import type { operations as FirstVision } from "../../generated/firstvision";
import { demo } from "../../src/contracts/abbeycross/demo";
import { grant } from "../../src/contracts/abbeycross/grant";
import { policy } from "../../src/contracts/abbeycross/policy";
import { read } from "../../src/contracts/abbeycross/read";
import { refuse } from "../../src/contracts/abbeycross/refuse";
import type { Contract } from "../../src/contracts/contract";
import type { RefusalCode } from "../../src/engine/refusal";
import type { RefusedReply, ReplyOf, RequestOf } from "../../src/http/typed";
import { wire } from "../../src/contracts/wire";

type Reply = ReplyOf<operations["issueAbbeycrossToken"]>;
type FirstVisionReply = ReplyOf<FirstVision["issueFirstvisionToken"]>;

const headers = { "Cache-Control": "no-store" } as const;
const tokenHeaders = { ...headers, Pragma: "no-cache" } as const;
const token = { access_token: "a.b.c", token_type: "Bearer", expires_in: 3600 } as const;
const fault = { errorId: "0f8fad5b-d9cb-469f-a165-708677289507", code: "INVALID_CREDENTIALS", text: "No." } as const;
const answers = { correlation: { requestHeader: null, accepts: /$^/ }, demo, policy };

/** An operation as it is generated from a spec with a range and a `default`. */
interface Ranged {
  responses: {
    200: { headers: { [name: string]: unknown }; content: { "application/json": { token: string } } };
    401: { headers: { "WWW-Authenticate": string; [name: string]: unknown }; content?: never };
    "4XX": { headers: { [name: string]: unknown }; content: { "application/json": { fault: string } } };
    default: { headers: { [name: string]: unknown }; content: { "application/json": { trouble: string } } };
  };
}

export const soundRanges: readonly ReplyOf<Ranged>[] = [
  { status: 200, body: { token: "t" } },
  { status: 401, headers: { "WWW-Authenticate": "Basic" } },
  { status: 400, body: { fault: "f" } },
  { status: 429, body: { fault: "f" } },
  { status: 503, body: { trouble: "t" } },
];

/** All errors of this operation stand under `default`. */
type OnlyDefault = { responses: Pick<Ranged["responses"], 200 | "default"> };
export const soundDefaults: readonly RefusedReply<OnlyDefault>[] = [
  { status: 401, body: { trouble: "t" } },
  { status: 500, body: { trouble: "t" } },
];

/** The baseline: without the one fault of each case, this code compiles. */
export const sound: readonly Reply[] = [
  { status: 200, headers: tokenHeaders, body: token },
  { status: 409, headers, body: fault },
  { status: 405, headers: { ...headers, Allow: "POST" }, body: fault },
];
export const soundContract = { ...answers, operations: { issueAbbeycrossToken: { read, grant, refuse } } } satisfies Contract<operations>;

export function undeclaredStatus(): Reply {
  // @ts-expect-error abbeycross declares no 418
  return { status: 418, headers, body: fault };
}

export function rangeInPlaceOfTheStatus(): ReplyOf<Ranged> {
  // @ts-expect-error 401 has a response of its own, which goes before 4XX
  return { status: 401, body: { fault: "f" } };
}

export function defaultInPlaceOfTheRange(): ReplyOf<Ranged> {
  // @ts-expect-error 4XX goes before default
  return { status: 404, body: { trouble: "t" } };
}

export function statusOfNoRefusal(): ReplyOf<Ranged> {
  // @ts-expect-error no refusal becomes 418, so no range stands for it
  return { status: 418, body: { fault: "f" } };
}

export function wrongBodyOfDefault(): RefusedReply<OnlyDefault> {
  // @ts-expect-error default has another body
  return { status: 401, body: { fault: "f" } };
}

export function statusOfAnotherContract(): Reply {
  // @ts-expect-error the contract of abbeycross has no 401
  return { status: 401, headers, body: fault };
}

export function wrongField(): Reply {
  // @ts-expect-error expires_in is a number
  return { status: 200, headers: tokenHeaders, body: { access_token: "a.b.c", token_type: "Bearer", expires_in: "3600" } };
}

export function missingField(): Reply {
  // @ts-expect-error expires_in is required
  return { status: 200, headers: tokenHeaders, body: { access_token: "a.b.c", token_type: "Bearer" } };
}

export function extraField(): Reply {
  // @ts-expect-error the spec has no refresh_token; only a named return type finds out
  return { status: 200, headers: tokenHeaders, body: { access_token: "a.b.c", token_type: "Bearer", expires_in: 1, refresh_token: "r" } };
}

export function outsideEnum(): Reply {
  // @ts-expect-error token_type is Bearer
  return { status: 200, headers: tokenHeaders, body: { access_token: "a.b.c", token_type: "bearer", expires_in: 3600 } };
}

export function outsideEnumOfErrors(): Reply {
  // @ts-expect-error there is no such code
  return { status: 409, headers, body: { errorId: fault.errorId, code: "NO_SUCH_CODE", text: "No." } };
}

export function bodyUnderTheWrongStatus(): Reply {
  // @ts-expect-error an error is no token
  return { status: 200, headers: tokenHeaders, body: fault };
}

export function tokenUnderTheWrongStatus(): Reply {
  // @ts-expect-error a token is no error
  return { status: 409, headers, body: token };
}

export function missingHeaders(): Reply {
  // @ts-expect-error Cache-Control is required
  return { status: 200, body: token };
}

export function missingHeaderOfOneStatus(): Reply {
  // @ts-expect-error 405 needs Allow (RFC 9110 §15.5.6)
  return { status: 405, headers, body: fault };
}

export function missingChallenge(): FirstVisionReply {
  // @ts-expect-error 401 needs WWW-Authenticate (RFC 9110 §15.5.2)
  return { status: 401, headers, body: [] };
}

export function wrongHeaderValue(): Reply {
  // @ts-expect-error Cache-Control is no-store
  return { status: 200, headers: { ...tokenHeaders, "Cache-Control": "public" }, body: token };
}

export function unknownPartOfTheRequest({ body }: RequestOf<operations["issueAbbeycrossToken"]>): unknown {
  // @ts-expect-error abbeycross has no grant_type
  return body.grant_type;
}

/** An operation of a path with a parameter. */
type WithParameter = { parameters: { path: { id: string } } };
export const soundParameter = ({ params }: RequestOf<WithParameter>): string => params.id;

export function unknownParameterOfThePath({ params }: RequestOf<WithParameter>): unknown {
  // @ts-expect-error the path has no parameter of that name
  return params.name;
}

export function partThatMayBeAbsent({ query }: RequestOf<FirstVision["issueFirstvisionToken"]>): string {
  // @ts-expect-error grant_type is optional
  return query.grant_type;
}

// @ts-expect-error issueAbbeycrossToken is not answered
export const unansweredOperation = { ...answers, operations: {} } satisfies Contract<operations>;

// @ts-expect-error issueAbbeycrossToken has no answer to a refusal
export const halfAnOperation = { ...answers, operations: { issueAbbeycrossToken: { read, grant } } } satisfies Contract<operations>;

const twoOperations = { issueAbbeycrossToken: { read, grant, refuse }, other: { read, grant, refuse } };

export const unknownOperation: Contract<operations>["operations"] = {
  issueAbbeycrossToken: twoOperations.issueAbbeycrossToken,
  // @ts-expect-error the spec has no such operation
  other: twoOperations.other,
};

/** The type that openapi-typescript generates for a spec whose operations have no operationId. */
type WithoutIds = Record<string, never>;

// @ts-expect-error anything would answer it
export const operationsWithoutIds = { ...answers, operations: {} } satisfies Contract<WithoutIds>;

// @ts-expect-error nor does the wiring take it
export const wiringWithoutIds = wire<WithoutIds>("nameless", { paths: {} }, { ...answers, operations: {} });

// @ts-expect-error the wiring asks for every operation
export const wiringOfNothing = wire<operations>("abbeycross", { paths: {} }, { ...answers, operations: {} });

export const unmappedRefusal = {
  invalid_request: 409,
  malformed_request: 409,
  unsupported_grant_type: 409,
  invalid_client: 409,
  client_disabled: 409,
  unauthorized_client: 409,
  invalid_scope: 409,
  invalid_grant: 409,
  authorization_pending: 409,
  slow_down: 409,
  expired_token: 409,
  access_denied: 409,
  locked: 409,
  subject_not_found: 409,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  throttled: 429,
  outside_hours: 503,
  server_error: 500,
  not_ready: 503,
  dependency_unreachable: 503,
  // @ts-expect-error dependency_timeout is not mapped
} satisfies Record<RefusalCode, number>;
