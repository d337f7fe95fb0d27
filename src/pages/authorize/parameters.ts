import { type Problem, Refusal } from "../../engine/refusal";

/** Characters of a request. It travels inside another address while somebody logs in, which must fit what servers take. */
const longest = 6_000;

/** The parameters of an authorization request, repetitions kept: who made one decides where the error may be told. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

/**
 * Decodes them. An empty parameter is an absent one (RFC 6749 §3.1).
 * @param search a query, or a form @throws Refusal if it cannot be decoded
 */
export function parametersOf(search: string): Parameters {
  if (search.length > longest) throw unreadable("The request is too long");
  if (!/^[\x21-\x7e]*$/.test(search)) throw unreadable("The request is not form encoding");
  try {
    decodeURIComponent(search);
  } catch {
    throw unreadable("The request is not valid form encoding in UTF-8");
  }
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(search)) if (value !== "") parameters.set(name, [...(parameters.get(name) ?? []), value]);
  return parameters;
}

/** The value of a parameter that comes once and can be kept: not even a database could hold a NUL. */
export function single(parameters: Parameters, name: string): string | undefined {
  const [value, ...others] = parameters.get(name) ?? [];
  return others.length > 0 || value?.includes("\0") === true ? undefined : value;
}

function unreadable(message: string): Refusal {
  const problem: Problem = { in: "query", path: [], rule: "undecodable", message };
  return new Refusal("malformed_request", "the authorization request cannot be read", { problems: [problem] });
}
