import type { IncomingHttpHeaders } from "node:http";
import type { ClientCertificate } from "../engine/token-request";

/** Drops the open index signature that openapi-typescript adds to header maps; what the spec names stays. */
type DeclaredHeaders<T> = { [Key in keyof T as string extends Key ? never : Key]: T[Key] };

type BodyOf<Op> = Op extends { requestBody: { content: infer Content } }
  ? Content[keyof Content]
  : Op extends { requestBody?: { content: infer Content } }
    ? Content[keyof Content] | undefined
    : undefined;

type ParamsOf<Op, In extends string> = Op extends { parameters: { [Key in In]: infer Found } } ? Found : undefined;

/** A request of an operation, with only what the validator has proved. Header names are lower-case. */
export interface RequestOf<Op> {
  headers: IncomingHttpHeaders;
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

/**
 * The replies that an operation may give: one member per numeric status that its spec declares, each with exactly the
 * headers and the body declared for that status. `default` is not a status and has its own type, {@link DefaultOf}.
 */
export type ReplyOf<Op> = Op extends { responses: infer Responses }
  ? {
      [Status in keyof Responses]: Status extends number
        ? { status: Status } & HeadersOf<Responses[Status]> & PayloadOf<Responses[Status]>
        : never;
    }[keyof Responses]
  : never;

/** The reply of an operation's `default` response with the given status. */
export type DefaultOf<Op, Status extends number> = Op extends { responses: { default: infer Response } }
  ? { status: Status } & HeadersOf<Response> & PayloadOf<Response>
  : never;

/** Statuses that an operation does not declare and that its `default` response, if it has one, may use. */
type UndeclaredStatus<Op> = Op extends { responses: infer Responses } ? Exclude<404 | 405 | 406 | 413 | 415, keyof Responses> : never;

/** The replies that a refusal may become: a declared status, or one of HTTP's own statuses through `default`. */
export type RefusedReply<Op> = ReplyOf<Op> | DefaultOf<Op, UndeclaredStatus<Op>>;
