import type { Refusal, RefusalCode } from "../../engine/refusal";

const wrongClient =
  "The client was not recognised: there is no such client, its secret, key or assertion is wrong or was used before, it is disabled, or it is registered for another method. An answer must not tell which; the log of the server does, under the number of the request.";
const passing = "The trouble is the server's own and passes. Send the request again in a few seconds.";

/** What a refusal means and what to do about it, for the developer of a client. They tell no more than the answers themselves may tell. */
const explanations: Readonly<Record<RefusalCode, string>> = {
  invalid_request: "A parameter is missing, is given twice, or has a value that the contract does not allow.",
  malformed_request: "The request could not be read: its body is not what its Content-Type says, or is not valid UTF-8.",
  unsupported_grant_type: "The contract does not offer this grant type.",
  invalid_client: wrongClient,
  client_disabled: wrongClient,
  unauthorized_client:
    "The client is known, but not registered for this. See polymint client show; register it for the grant or the service.",
  invalid_scope: "A scope is not among those that the client is registered for, or none was named where one is needed.",
  invalid_grant:
    "What the request presents is not good: a code, a refresh token or another token that is unknown, spent, expired, or another client's; or a code_verifier or redirect_uri unlike the one that the code was made for.",
  authorization_pending: "The person has not decided yet. Ask again after the interval.",
  slow_down: "The device asked too soon. From now on it waits five seconds longer between two requests (RFC 8628 §3.5).",
  expired_token: "The device code has expired, so the person can no longer approve it. Begin again.",
  access_denied: "It was denied: the person said no, or may not act any more.",
  locked: "There were too many wrong attempts. It is locked for a while.",
  subject_not_found: "The person or identity that the token would be about does not exist any more.",
  not_found: "There is nothing at this path, or the contract is switched off.",
  method_not_allowed: "The path does not take this method.",
  not_acceptable: "The Accept header excludes JSON, which is all that there is.",
  payload_too_large: "The body is larger than 64 KiB.",
  unsupported_media_type: "The Content-Type is not the one that the contract reads.",
  throttled: "There were too many requests, or too many that failed, from this address or of this client. Wait for what Retry-After says.",
  outside_hours: "The contract is closed at this hour. Retry-After says when it opens.",
  not_ready: passing,
  server_error: "The mistake is the server's. Its log has the details under the number of the request.",
  dependency_unreachable: passing,
  dependency_timeout: passing,
};

/** Explains a refusal: what was wrong, and each fault of the request that the caller may know. */
export function explainRefusal({ code, problems }: Refusal): string[] {
  return [explanations[code], ...problems.map(({ message }) => `${message}.`)];
}

/** What a client does about the errors of the authorization endpoint (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6). */
const authorizationErrors: ReadonlyMap<string, string> = new Map([
  ["access_denied", "The person said no, or may not log in."],
  ["invalid_request", "A parameter of the authorization request is missing, is given twice, or is not valid."],
  ["unauthorized_client", "The client is not registered for the authorization code grant."],
  ["unsupported_response_type", "The only response type is code."],
  ["invalid_scope", "A scope is unknown, or not among those that the client is registered for."],
  ["server_error", "The mistake is the server's. Try again."],
  ["temporarily_unavailable", "The server cannot answer right now. Try again in a few seconds."],
  ["login_required", "prompt=none was sent, but nobody is logged in in this browser."],
  ["consent_required", "prompt=none was sent, but the person has not agreed to this yet."],
]);

export function explainAuthorizationError(error: string): string {
  return authorizationErrors.get(error) ?? "This error stands in no specification that this server follows: it came from somewhere else.";
}
