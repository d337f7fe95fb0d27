import type { Draft, Pair } from "./request-builder";

/** Names of everything that proves something, wherever it stands. */
const secretNames = new Set([
  ...["code", "code_verifier", "refresh_token", "device_code", "user_code", "assertion", "client_assertion", "client_secret", "token"],
  ...["clientAssertion", "password", "password.value", "csrf", "Authorization", "api-key", "Cookie", "client-cert", "x-ssl-client-cert"],
]);
/** What is shorter stands in a log by accident. */
const shortest = 9;

/**
 * Every secret a request carries, in each form in which it could leak: as it stands, what Basic hides, and the parts of a
 * JWT or certificate by themselves.
 */
export function secretsIn({ query, headers, body }: Draft): string[] {
  const secrets = [...query, ...headers, ...(body?.members ?? [])].filter(([name]) => secretNames.has(name)).flatMap(formsOf);
  return [...new Set(secrets)].filter((secret) => secret.length >= shortest);
}

function formsOf([, value]: Pair): string[] {
  const text = value.toString("utf8").replaceAll(/[\0\ufffd"]/g, "");
  const [, credentials = text] = /^(?:Basic|Bearer) (.*)$/s.exec(text) ?? [];
  const pair = text.startsWith("Basic ") ? Buffer.from(credentials, "base64").toString("utf8") : "";
  const halves = pair
    .split(":")
    .slice(1)
    .flatMap((secret) => [secret, secret.replaceAll("\0", "")]);
  return [credentials, decoded(credentials), ...halves, ...credentials.split(/[.%\s:;=]+/)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
