import { Refusal } from "../engine/refusal";

/** Makes the refusal of a body, query or path that cannot be decoded at all. @param message a sentence for the caller */
export function makeMalformedRefusal(detail: string, message: string, cause?: unknown, place: "body" | "query" | "path" = "body"): Refusal {
  return new Refusal("malformed_request", detail, { problems: [{ in: place, path: [], rule: "undecodable", message }], cause });
}
