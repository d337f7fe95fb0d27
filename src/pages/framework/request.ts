import { isUtf8 } from "node:buffer";
import type { Request, Response } from "express";
import { type Problem, Refusal } from "../../engine/refusal";
import { readBodyBytes, decodeBody, hasBody, isMediaType } from "../../http/body";

export const formType = "application/x-www-form-urlencoded";

/** The query of a request target, undecoded. */
export function searchOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? "" : target.slice(mark + 1);
}

/**
 * Reads a form's bytes, no more of them than any body may have.
 * @throws Refusal `unsupported_media_type`, `malformed_request`, `payload_too_large`
 */
export async function readForm(request: Request, response: Response): Promise<string> {
  if (!hasBody(request)) return "";
  if (!isMediaType(request.headers["content-type"], formType)) throw new Refusal("unsupported_media_type", "the body is not a form");
  const bytes = await readBodyBytes(request, response);
  if (!isUtf8(bytes)) throw new Refusal("malformed_request", "the form is not valid UTF-8");
  return bytes.toString("utf8");
}

/** The fields of a form; each may come once, and an empty one is an absent one. @throws Refusal */
export function fieldsOf(formText: string): Record<string, string> {
  return decodeBody(Buffer.from(formText), formType) as Record<string, string>;
}

/**
 * A form of ours carries what was made for the very browser that sends it, and browsers that say where a request comes
 * from must not name another site (W3C Fetch Metadata).
 * @throws Refusal `access_denied`
 */
export function mustComeFromUs(request: Request, isOurs: boolean): void {
  if (request.headers["sec-fetch-site"] === "cross-site") throw new Refusal("access_denied", "a form of another site");
  if (!isOurs) throw new Refusal("access_denied", "a form without the token of this browser");
}

/** Routers and validators must read a target alike, so it can only be a plain path. @throws Refusal */
export function mustBePlain(target: string): void {
  if (target.startsWith("/") && !target.includes("#")) return;
  const problem: Problem = { in: "target", path: [], rule: "pattern", message: "The request target must be a plain path" };
  throw new Refusal("invalid_request", "not an origin-form target", { problems: [problem] });
}
