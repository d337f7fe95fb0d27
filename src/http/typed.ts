import type { IncomingHttpHeaders } from "node:http";
import type { ClientCertificate } from "../engine/token-request";

/** Drops the open index signature that openapi-typescript adds to header maps; what the spec names stays. */
type DeclaredHeaders<T> = { [Key in keyof T as string extends Key ? never : Key]: T[Key] };

type BodyOf<Op> = Op extends { requestBody: { content: infer Content } }
  ? Content[keyof Content]
  : Op extends { requestBody?: { content: infer Content } }
    ? Content[keyof Content] | undefined
    : undefined;

/** Parameters of one place. Where all of them are optional the generated member is optional too, but the server always gives an object. */
type ParamsOf<Op, In extends string> = Op extends { parameters: { [Key in In]?: infer Found } }
  ? [Exclude<Found, undefined>] extends [never]
    ? undefined
    : Exclude<Found, undefined>
  : undefined;

/** A request of an operation, with only what the validator has proved. Header names are lower-case. */
export interface RequestOf<Op> {
  headers: IncomingHttpHeaders;
  /** Parameters of the path. */
  params: ParamsOf<Op, "path">;
  query: ParamsOf<Op, "query">;
  body: BodyOf<Op>;
  /** The client certificate, if there is one. It is read when it is asked for, so a copy of the request by `...` does not have it. */
  certificate: ClientCertificate | undefined;
  /** Address of the caller; behind a trusted proxy, the address of the caller that the proxy forwards. */
  source: string;
}

type PayloadOf<Response> = Response extends { content: infer Content }
  ? {
      [Media in keyof Content]: Media extends "application/json"
        ? { type?: Media; body: Content[Media] }
        : { type: Media; body: Content[Media] };
    }[keyof Content]
  : { body?: never };

type HeadersOf<Response> = Response extends { headers: infer Found }
  ? keyof DeclaredHeaders<Found> extends never
    ? { headers?: never }
    : { headers: DeclaredHeaders<Found> }
  : { headers?: never };

/** Statuses with which a token, or another answer of the engine, may be sent. */
type SuccessStatus = 200 | 201;

/** Statuses that a refusal of the engine may become. The set is closed, so that a range and `default` stand for known statuses. */
type RefusalStatus = 400 | 401 | 402 | 403 | 404 | 405 | 406 | 408 | 409 | 410 | 412 | 413 | 415 | 422 | 423 | 429 | 500 | 502 | 503 | 504;

/** The range of a status, such as `4XX` (OpenAPI 3.0.3, Responses Object). */
type RangeOf<Status extends number> = `${Status}` extends `${infer Digit}${string}` ? `${Digit}XX` : never;

/** What a spec declares for a status: under the status itself, else under its range, else under `default`. */
type DeclaredFor<Responses, Status extends number> = Status extends keyof Responses
  ? Responses[Status]
  : RangeOf<Status> extends keyof Responses
    ? Responses[RangeOf<Status>]
    : Responses extends { default: infer Default }
      ? Default
      : never;

type ReplyWith<Status extends number, Response> = [Response] extends [never]
  ? never
  : { status: Status } & HeadersOf<Response> & PayloadOf<Response>;

/**
 * The replies that an operation may give: one member per status that its spec declares, by itself, by a range or by `default`,
 * each with exactly the headers and the body declared for that status.
 */
export type ReplyOf<Op> = Op extends { responses: infer Responses }
  ? {
      [Status in Extract<keyof Responses, number> | SuccessStatus | RefusalStatus]: ReplyWith<Status, DeclaredFor<Responses, Status>>;
    }[Extract<keyof Responses, number> | SuccessStatus | RefusalStatus]
  : never;

/** The replies that a refusal may become. A few APIs send errors with 200, so these are all of the operation's replies. */
export type RefusedReply<Op> = ReplyOf<Op>;
