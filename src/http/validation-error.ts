import { Refusal } from "../engine/refusal";
import { type RequestParts, toProblems, type ValidationError } from "./problems";

interface HttpError {
  status: number;
  type?: string;
  errors?: readonly ValidationError[];
  message: string;
}

/**
 * Converts errors of Express and the validator into refusals.
 * @returns the error itself if it is a refusal already, or has no status that is known here
 */
export function fromHttpError(thrown: unknown, parts: RequestParts): unknown {
  if (thrown instanceof Refusal || !isHttpError(thrown)) return thrown;
  switch (thrown.status) {
    case 400:
      return makeBadRequest(thrown, parts);
    case 404:
      return new Refusal("not_found", thrown.message);
    case 413:
      return new Refusal("payload_too_large", thrown.message);
    case 415:
      return new Refusal("unsupported_media_type", thrown.message);
    default:
      return thrown;
  }
}

function makeBadRequest(error: HttpError, parts: RequestParts): Refusal {
  if (error.errors !== undefined)
    return new Refusal("invalid_request", "the request does not match the spec", { problems: toProblems(error.errors, parts) });
  const problem = { in: "body", path: [], rule: "undecodable", message: "The request could not be read" } as const;
  return new Refusal("malformed_request", error.type ?? "the request could not be read", { problems: [problem], cause: error });
}

function isHttpError(thrown: unknown): thrown is HttpError {
  return thrown instanceof Error && "status" in thrown && typeof thrown.status === "number";
}
