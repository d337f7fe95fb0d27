import { scopeList } from "../../engine/scope";
import type { Client } from "../../engine/client";
import { type AuthorizationError, NotAuthorized } from "./answer";
import { type Parameters, single } from "./parameters";

/** What a trusted client asks for, once nothing is wrong with it. */
export interface AuthorizationRequest {
  scope: readonly string[];
  nonce: string | null;
  /** S256 (RFC 7636 §4.2). */
  codeChallenge: string;
  prompt: ReadonlySet<Prompt>;
  /** Seconds since the login at most, or undefined. */
  maxAge: number | undefined;
}

/** What the client wants people to be asked (OIDC Core §3.1.2.1). */
const prompts = ["none", "login", "consent", "select_account"] as const;
export type Prompt = (typeof prompts)[number];

/** Ways of asking that are not offered (OIDC Core §6, §7.2.1). */
const notSupported: readonly (readonly [string, AuthorizationError])[] = [
  ["request", "request_not_supported"],
  ["request_uri", "request_uri_not_supported"],
  ["registration", "registration_not_supported"],
];

/** @throws NotAuthorized */
export function authorizationOf(parameters: Parameters, client: Client): AuthorizationRequest {
  mustBeReadable(parameters);
  for (const [name, error] of notSupported) if (parameters.has(name)) throw new NotAuthorized(error, `${name} is not supported.`);
  const responseMode = single(parameters, "response_mode");
  if (responseMode !== undefined && responseMode !== "query") throw invalid("response_mode must be query.");
  const responseType = single(parameters, "response_type");
  if (responseType === undefined) throw invalid("response_type is missing.");
  if (responseType !== "code") throw new NotAuthorized("unsupported_response_type", "response_type must be code.");
  if (!client.grants.includes("authorization_code"))
    throw new NotAuthorized("unauthorized_client", "The client is not registered for authorization_code.");
  return {
    codeChallenge: codeChallengeOf(parameters),
    scope: scopeOf(parameters, client),
    nonce: single(parameters, "nonce") ?? null,
    prompt: promptOf(parameters),
    maxAge: maxAgeOf(parameters),
  };
}

function mustBeReadable(parameters: Parameters): void {
  for (const [name, values] of parameters) {
    if (values.length > 1) throw invalid("A parameter is given more than once.");
    if (`${name}${values.join("")}`.includes("\0")) throw invalid("A parameter has a NUL character.");
  }
}

/** PKCE is for every client here, and only with S256 (RFC 9700 §2.1.1). */
function codeChallengeOf(parameters: Parameters): string {
  const challenge = single(parameters, "code_challenge");
  if (challenge === undefined) throw invalid("code_challenge is missing (RFC 7636).");
  if (single(parameters, "code_challenge_method") !== "S256") throw invalid("code_challenge_method must be S256.");
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) throw invalid("code_challenge must be a SHA-256 in base64url, which has 43 characters.");
  return challenge;
}

function scopeOf(parameters: Parameters, client: Client): string[] {
  const scope = [...new Set(scopeList(single(parameters, "scope")))];
  if (scope.length === 0) throw invalid("scope is missing.");
  if (scope.some((each) => !client.scopes.includes(each)))
    throw new NotAuthorized("invalid_scope", "The client is not registered for a scope that it asked for.");
  return scope;
}

function promptOf(parameters: Parameters): ReadonlySet<Prompt> {
  const asked = new Set(
    single(parameters, "prompt")
      ?.split(" ")
      .filter((each) => each !== ""),
  );
  const known = prompts.filter((each) => asked.has(each));
  if (known.length < asked.size) throw invalid("prompt has a value that is not known.");
  if (asked.has("none") && asked.size > 1) throw invalid("prompt must be none alone, or without it.");
  return new Set(known);
}

function maxAgeOf(parameters: Parameters): number | undefined {
  const maxAge = single(parameters, "max_age");
  if (maxAge === undefined) return undefined;
  if (!/^\d{1,10}$/.test(maxAge)) throw invalid("max_age must be a number of seconds.");
  return Number(maxAge);
}

function invalid(description: string): NotAuthorized {
  return new NotAuthorized("invalid_request", description);
}
