import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { invalidRequest, Refusal } from "../engine/refusal";
import { decodeBody, decodeParameters, hasBody, isMediaType, readRawBody } from "./body";
import type { MountableOperation } from "./operations";

/** Refuses two `Authorization` headers, which name two callers; Node would silently keep the first. @throws Refusal `invalid_request` */
export function checkAuthorizationHeader({ headers, rawHeaders }: IncomingMessage): void {
  if (headers.authorization === undefined || countHeaders("authorization", rawHeaders) <= 1) return;
  const message = "There is more than one Authorization header";
  throw invalidRequest("two Authorization headers", { in: "header", path: ["authorization"], rule: "duplicated", message });
}

function countHeaders(wanted: string, rawHeaders: readonly string[]): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === wanted).length;
}

/** Refuses a request that the validator did not match: it must not reach a handler, even if Express found a route for it. */
export const checkMatched: RequestHandler = (request, _response, next) => {
  next("openapi" in request && request.openapi !== undefined ? undefined : new Refusal("not_found", "not matched by the spec"));
};

/** Media types of every answer. A caller may name the character set, although JSON defines no such parameter (RFC 8259 §11). */
const answeredTypes = ["application/json", "application/json; charset=utf-8"];

/**
 * Makes a check that refuses a caller that does not accept JSON, if the contract declares 406. The other contracts answer
 * with JSON in any case (RFC 9110 §12.4.1 allows both).
 */
export function makeAcceptCheck(operation: MountableOperation): RequestHandler {
  return (request, _response, next) => {
    if (!operation.declaresNotAcceptable || request.headers.accept === undefined || request.accepts(answeredTypes) !== false) return next();
    next(new Refusal("not_acceptable", "Accept excludes application/json"));
  };
}

/**
 * Makes the handlers that read and decode the body. They also set `Content-Type` to the media type of the operation: the
 * validator compiles and keeps a checker for each spelling of the header.
 */
export function makeBodyReaders(operation: MountableOperation): RequestHandler[] {
  const { mediaType, declared } = operation;
  if (mediaType === undefined) return [readRawBody, checkEmptyBody];
  return [
    (request, _response, next) => {
      const wrong = hasBody(request) && !isMediaType(request.headers["content-type"], mediaType);
      next(wrong ? new Refusal("unsupported_media_type", `the body is not ${mediaType}`) : undefined);
    },
    readRawBody,
    (request, _response, next) => {
      const bytes: unknown = request.body;
      request.headers["content-type"] = mediaType;
      request.body = decodeBody(Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0), mediaType, declared.body);
      next();
    },
  ];
}

const checkEmptyBody: RequestHandler = (request, _response, next) => {
  const bytes: unknown = request.body;
  delete request.headers["content-type"];
  if (Buffer.isBuffer(bytes) && bytes.length > 0) {
    const problem = { in: "body", path: [], rule: "not_empty", message: "The body must be empty" } as const;
    return next(new Refusal("invalid_request", "a body where there must be none", { problems: [problem] }));
  }
  request.body = undefined;
  next();
};

/** Makes a handler that decodes the query strictly, in place of Express's own lenient decoding. */
export function makeQueryReader({ declared }: MountableOperation): RequestHandler {
  return (request, _response, next) => {
    const mark = request.url.indexOf("?");
    const value = mark < 0 ? {} : decodeParameters(request.url.slice(mark + 1), "query", declared.query);
    Object.defineProperty(request, "query", { value, configurable: true, enumerable: true, writable: true });
    next();
  };
}
