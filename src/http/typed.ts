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

/** What the validator has already proved about a request, and nothing more. Header names are lower-case. */
export interface RequestOf<Op> {
  headers: IncomingHttpHeaders;
  query: ParamsOf<Op, "query">;
  body: BodyOf<Op>;
  /** The certificate of the connection, if there is one. */
  certificate: ClientCertificate | undefined;
  /** Address of the caller; where a listed proxy forwards, that of the caller behind it. */
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
 * The replies an operation may give: one member per numeric status that its spec declares, each with exactly the
 * headers and the body declared for that status. `default` is not a status and has its own type, {@link DefaultOf}.
 */
export type ReplyOf<Op> = Op extends { responses: infer Responses }
  ? {
      [Status in keyof Responses]: Status extends number
        ? { status: Status } & HeadersOf<Responses[Status]> & PayloadOf<Responses[Status]>
        : never;
    }[keyof Responses]
  : never;

/** The reply of an operation's `default` response under one status of the caller's choice. */
export type DefaultOf<Op, Status extends number> = Op extends { responses: { default: infer Response } }
  ? { status: Status } & HeadersOf<Response> & PayloadOf<Response>
  : never;

/** Statuses that may be answered through its spec's `default` response, where the operation has one. */
type UndeclaredStatus<Op> = Op extends { responses: infer Responses } ? Exclude<404 | 405 | 406 | 413 | 415, keyof Responses> : never;

/** What a refusal may become: a declared status, or one of HTTP's own through `default`. */
export type RefusedReply<Op> = ReplyOf<Op> | DefaultOf<Op, UndeclaredStatus<Op>>;
