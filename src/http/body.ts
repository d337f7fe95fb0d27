import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { parse } from "node:querystring";
import type { Request, RequestHandler, Response } from "express";
import { type Problem, Refusal } from "../engine/refusal";
import { makeCohort } from "./cohort";
import { decodeJson } from "./json";
import { makeMalformedRefusal } from "./malformed";
import { checkMembers, checkNoNul, toPrintable } from "./nul";
import type { DeclaredMembers } from "./operations";

/** The largest body that a client may send, in bytes. */
export const bodyLimitBytes = 64 * 1024;
/** Bytes of a too large body that are read and discarded: a client that is still sending may not read the answer before. */
const discardedBytes = 1024 * 1024;
const maxParameters = 100;

const arriveInCohort = makeCohort();

/** Sets `request.body` to the bytes of the body. The request goes on with the others that are here now. @throws what {@link readBodyBytes} throws */
export const readRawBody: RequestHandler = (request, response, next) => {
  if (!hasBody(request)) return arriveInCohort(next);
  readBodyBytes(request, response).then((bytes) => {
    request.body = bytes;
    arriveInCohort(next);
  }, next);
};

/**
 * Reads the body as it was sent. It is never decompressed, because a small compressed body can decompress to a very large
 * one. A body over the limit is refused as soon as that is known; then its connection is closed, so that the server need not
 * wait for the rest.
 * @throws Refusal `payload_too_large`, `unsupported_media_type`, `malformed_request`
 */
export async function readBodyBytes(request: Request, response: Response): Promise<Buffer> {
  const coding = request.headers["content-encoding"]?.toLowerCase() ?? "";
  if (coding !== "" && coding !== "identity") throw new Refusal("unsupported_media_type", "the body has a content coding");
  const bytes = declaresTooLargeBody(request) ? undefined : await collectBytes(request);
  if (bytes !== undefined) return bytes;
  response.shouldKeepAlive = false;
  discardRest(request);
  throw new Refusal("payload_too_large", `the body has more than ${bodyLimitBytes} bytes`);
}

/** Whether the `Content-Length` of a request is over the limit. */
export function declaresTooLargeBody({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"] ?? 0) > bodyLimitBytes;
}

function discardRest(request: IncomingMessage): void {
  let left = discardedBytes;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.pause();
  });
}

/** @returns undefined as soon as the body is over the limit */
function collectBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= bodyLimitBytes) return void chunks.push(chunk);
      request.off("data", take);
      resolve(undefined);
    };
    request.on("data", take);
    request.once("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", (cause) => reject(makeMalformedRefusal("the body was cut off", "The body is incomplete", cause)));
  });
}

export function hasBody(request: IncomingMessage): boolean {
  return request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
}

/**
 * Whether a `Content-Type` names this media type, with `charset` absent or UTF-8. Other parameters are ignored.
 */
export function isMediaType(contentType: string | undefined, mediaType: string): boolean {
  if (contentType === mediaType) return true;
  const [type, ...parameters] = (contentType ?? "").split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  return type === mediaType && (charset === undefined || charset.replaceAll('"', "") === "utf-8");
}

/** The parameters that an operation declares, which may not repeat. */
export type DeclaredParameters = Pick<ReadonlySet<string>, "has">;

/**
 * Decodes the bytes of a body. An absent body counts as an empty object, so that the validator names each missing field.
 * @throws Refusal `malformed_request`, `invalid_request`
 */
export function decodeBody(bytes: Buffer, mediaType: string, declared: DeclaredMembers): unknown {
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) throw makeMalformedRefusal("the body is not valid UTF-8", "The body is not valid UTF-8");
  const text = bytes.toString("utf8");
  if (mediaType !== "application/json") return decodeParameters(text, "body", declared);
  const value = decodeJson(text);
  checkMembers(value, declared);
  return value;
}

/**
 * Decodes form or query parameters. An empty parameter counts as absent. A declared parameter may not be repeated (RFC 6749
 * §3.1, §3.2); any other is ignored by operations and pages, so the first value is kept: some, such as `resource`, may repeat
 * (RFC 8707 §2).
 * @throws Refusal `malformed_request` if a percent-encoding is broken, `invalid_request` for a repeated parameter
 */
export function decodeParameters(text: string, place: "body" | "query", declared: DeclaredParameters): Record<string, string> {
  if (text === "") return {};
  checkPercentEncoding(text, place);
  const parameters: Record<string, string> = {};
  const repeated: Problem[] = [];
  let count = 0;
  for (const [name, found = []] of Object.entries(parse(text, "&", "=", { maxKeys: maxParameters + 1 }))) {
    const values = Array.isArray(found) ? found : [found];
    count += values.length;
    if (values.length > 1 && declared.has(name))
      repeated.push({ in: place, path: [name], rule: "duplicated", message: `${toPrintable(name)} is given more than once` });
    const value = values.find((each) => each !== "");
    if (value !== undefined) parameters[name] = value;
  }
  if (count > maxParameters) throw makeMalformedRefusal("too many parameters", "There are too many parameters");
  if (repeated.length > 0) throw new Refusal("invalid_request", "a parameter is repeated", { problems: repeated });
  for (const [name, value] of Object.entries(parameters)) {
    if (name.includes("\0"))
      throw makeMalformedRefusal("a name has a NUL character", `A name in the ${place} has a NUL character`, undefined, place);
    checkNoNul(value, place, [name]);
  }
  return parameters;
}

function checkPercentEncoding(text: string, place: "body" | "query"): void {
  try {
    decodeURIComponent(text);
  } catch (cause) {
    throw makeMalformedRefusal(
      `the ${place} has a broken percent-encoding`,
      `The ${place} is not valid form encoding in UTF-8`,
      cause,
      place,
    );
  }
}
