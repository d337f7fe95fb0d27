import { splitScope } from "../../engine/scope";
import type { Client } from "../../engine/client";
import { type AuthorizationErrorCode, AuthorizationError } from "./answer";
import { type Parameters, getParameter } from "./parameters";

/** A valid authorization request of a known client. */
export interface AuthorizationRequest {
  /** As asked for; the client may have less. */
  scope: readonly string[];
  nonce: string | null;
  /** S256 (RFC 7636 §4.2). */
  codeChallenge: string;
  prompt: ReadonlySet<Prompt>;
  /** Most seconds since the login, or undefined. */
  maxAge: number | undefined;
  /** An id_token of the person that the client expects, not yet verified. */
  idTokenHint: string | undefined;
}

/** What the client wants the person to be asked (OIDC Core §3.1.2.1). */
const prompts = ["none", "login", "consent", "select_account"] as const;
export type Prompt = (typeof prompts)[number];

/** Parameters that this server does not support, each with its error (OIDC Core §6, §7.2.1). */
const unsupportedParameters: readonly (readonly [string, AuthorizationErrorCode])[] = [
  ["request", "request_not_supported"],
  ["request_uri", "request_uri_not_supported"],
  ["registration", "registration_not_supported"],
];

/** Checks and reads a request whose client and redirect URI are valid. @throws AuthorizationError */
export function parseAuthorizationRequest(parameters: Parameters, client: Client): AuthorizationRequest {
  checkParameters(parameters);
  for (const [name, error] of unsupportedParameters)
    if (parameters.has(name)) throw new AuthorizationError(error, `${name} is not supported.`);
  const responseMode = getParameter(parameters, "response_mode");
  if (responseMode !== undefined && responseMode !== "query") throw invalidRequest("response_mode must be query.");
  const responseType = getParameter(parameters, "response_type");
  if (responseType === undefined) throw invalidRequest("response_type is missing.");
  if (responseType !== "code") throw new AuthorizationError("unsupported_response_type", "response_type must be code.");
  if (!client.grants.includes("authorization_code"))
    throw new AuthorizationError("unauthorized_client", "The client is not registered for authorization_code.");
  return {
    codeChallenge: parseCodeChallenge(parameters),
    scope: parseScope(parameters),
    nonce: getParameter(parameters, "nonce") ?? null,
    prompt: parsePrompt(parameters),
    maxAge: parseMaxAge(parameters),
    idTokenHint: getParameter(parameters, "id_token_hint"),
  };
}

/** Parameters that the endpoint reads, or refuses by name. Any other is ignored, however often it comes (RFC 6749 §3.1, RFC 8707 §2). */
const knownParameters: ReadonlySet<string> = new Set([
  "client_id",
  "redirect_uri",
  "response_type",
  "response_mode",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "prompt",
  "max_age",
  "login_hint",
  "id_token_hint",
  ...unsupportedParameters.map(([name]) => name),
]);

function checkParameters(parameters: Parameters): void {
  for (const [name, values] of parameters) {
    if (values.length > 1 && knownParameters.has(name)) throw invalidRequest("A parameter is given more than once.");
    if (`${name}${values.join("")}`.includes("\0")) throw invalidRequest("A parameter has a NUL character.");
  }
}

/**
 * Every client must use PKCE, and only with S256: stricter than RFC 9700 §2.1.1. A missing method would mean `plain`
 * (RFC 7636 §4.3), so it is refused too.
 */
function parseCodeChallenge(parameters: Parameters): string {
  const challenge = getParameter(parameters, "code_challenge");
  if (challenge === undefined) throw invalidRequest("code_challenge is missing (RFC 7636).");
  if (getParameter(parameters, "code_challenge_method") !== "S256") throw invalidRequest("code_challenge_method must be S256.");
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge))
    throw invalidRequest("code_challenge must be a SHA-256 in base64url, which has 43 characters.");
  return challenge;
}

function parseScope(parameters: Parameters): string[] {
  const scope = [...new Set(splitScope(getParameter(parameters, "scope")))];
  if (scope.length === 0) throw invalidRequest("scope is missing.");
  return scope;
}

function parsePrompt(parameters: Parameters): ReadonlySet<Prompt> {
  const asked = new Set(
    getParameter(parameters, "prompt")
      ?.split(" ")
      .filter((each) => each !== ""),
  );
  const known = prompts.filter((each) => asked.has(each));
  if (known.length < asked.size) throw invalidRequest("prompt has a value that is not known.");
  if (asked.has("none") && asked.size > 1) throw invalidRequest("prompt must be none alone, or without it.");
  return new Set(known);
}

function parseMaxAge(parameters: Parameters): number | undefined {
  const maxAge = getParameter(parameters, "max_age");
  if (maxAge === undefined) return undefined;
  if (!/^\d{1,10}$/.test(maxAge)) throw invalidRequest("max_age must be a number of seconds.");
  return Number(maxAge);
}

function invalidRequest(description: string): AuthorizationError {
  return new AuthorizationError("invalid_request", description);
}
