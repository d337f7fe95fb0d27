import { type Problem, Refusal } from "../../engine/refusal";

/** Most characters of a request. During the login the request is part of another URL, whose length servers limit. */
const maxLength = 6_000;

/** The parameters of an authorization request with repetitions kept: which one is repeated decides where the error may be sent. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

/**
 * Decodes the parameters. An empty parameter counts as absent (RFC 6749 §3.1).
 * @param search a query or a form body
 * @throws Refusal `malformed_request` if it is too long or cannot be decoded
 */
export function parseParameters(search: string): Parameters {
  if (search.length > maxLength) throw malformedRequest("The request is too long");
  if (!/^[\x21-\x7e]*$/.test(search)) throw malformedRequest("The request is not form encoding");
  try {
    decodeURIComponent(search);
  } catch {
    throw malformedRequest("The request is not valid form encoding in UTF-8");
  }
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(search)) if (value !== "") parameters.set(name, [...(parameters.get(name) ?? []), value]);
  return parameters;
}

/** @returns the value of a parameter; undefined if it is absent, repeated, or holds a NUL, which Postgres cannot store */
export function getParameter(parameters: Parameters, name: string): string | undefined {
  const [value, ...others] = parameters.get(name) ?? [];
  return others.length > 0 || value?.includes("\0") === true ? undefined : value;
}

function malformedRequest(message: string): Refusal {
  const problem: Problem = { in: "query", path: [], rule: "undecodable", message };
  return new Refusal("malformed_request", "the authorization request cannot be read", { problems: [problem] });
}
