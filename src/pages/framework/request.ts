import { isUtf8 } from "node:buffer";
import type { Request, Response } from "express";
import { type Problem, Refusal } from "../../engine/refusal";
import { readBodyBytes, decodeParameters, hasBody, isMediaType } from "../../http/body";

export const formType = "application/x-www-form-urlencoded";

/** The query of a request target, undecoded. */
export function searchOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? "" : target.slice(mark + 1);
}

/**
 * Reads a form as text, up to the size limit of any request body.
 * @throws Refusal `unsupported_media_type`, `malformed_request`, `payload_too_large`
 */
export async function readForm(request: Request, response: Response): Promise<string> {
  if (!hasBody(request)) return "";
  if (!isMediaType(request.headers["content-type"], formType)) throw new Refusal("unsupported_media_type", "the body is not a form");
  const bytes = await readBodyBytes(request, response);
  if (!isUtf8(bytes)) throw new Refusal("malformed_request", "the form is not valid UTF-8");
  return bytes.toString("utf8");
}

/** Parses the fields of a form, all of which the page itself has put there: each may occur once; an empty field counts as absent. @throws Refusal */
export function parseFields(formText: string): Record<string, string> {
  return decodeParameters(formText, "body", { has: () => true });
}

/** Refuses a form if the browser says that another site sent it (W3C Fetch Metadata). @throws Refusal `access_denied` */
export function mustNotBeCrossSite(request: Request): void {
  if (request.headers["sec-fetch-site"] === "cross-site") throw new Refusal("access_denied", "the form comes from another site");
}

/** Refuses targets other than a plain path, which routers and validators may read differently. @throws Refusal */
export function mustBePlainTarget(target: string): void {
  if (target.startsWith("/") && !target.includes("#")) return;
  const problem: Problem = { in: "target", path: [], rule: "pattern", message: "The request target must be a plain path" };
  throw new Refusal("invalid_request", "not an origin-form target", { problems: [problem] });
}
