/** Knows which values of a request are secret, and in which forms each could leak. */
import type { RawRequest, RequestField } from "./request-builder";

/** Names of fields, headers and members whose values are secret. */
const secretNames = new Set([
  ...["code", "code_verifier", "refresh_token", "device_code", "user_code", "assertion", "client_assertion", "client_secret", "token"],
  ...["clientAssertion", "password", "password.value", "csrf", "Authorization", "api-key", "Cookie", "client-cert", "x-ssl-client-cert"],
]);
/** A shorter text can be in a log by accident. */
const shortestSearched = 9;

/**
 * Every secret of a request in each form in which it could leak: as it is, decoded from Basic credentials, and the parts of
 * a JWT or certificate by themselves.
 */
export function secretsIn({ query, headers, body }: RawRequest): string[] {
  const secrets = [...query, ...headers, ...(body?.members ?? [])].filter(([name]) => secretNames.has(name)).flatMap(leakableForms);
  return [...new Set(secrets)].filter((secret) => secret.length >= shortestSearched);
}

function leakableForms([, value]: RequestField): string[] {
  const text = value.toString("utf8").replaceAll(/[\0\ufffd"]/g, "");
  const [, credentials = text] = /^(?:Basic|Bearer) (.*)$/s.exec(text) ?? [];
  const pair = text.startsWith("Basic ") ? Buffer.from(credentials, "base64").toString("utf8") : "";
  const halves = pair
    .split(":")
    .slice(1)
    .flatMap((secret) => [secret, secret.replaceAll("\0", "")]);
  return [credentials, decodeIfPossible(credentials), ...halves, ...credentials.split(/[.%\s:;=]+/)];
}

function decodeIfPossible(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
