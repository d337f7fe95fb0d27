/** Finds the secrets in recorded requests and responses. */
import type { RequestField } from "../qualities/bad-input/request-builder";
import { secretsIn } from "../qualities/bad-input/secrets";
import type { ExchangePart } from "./exchange";

/** The secrets of a request or a response, in every form in which each could leak. */
export function secretsOf(passed: ExchangePart): string[] {
  return passed.way === "in" ? secretsOfRequest(passed) : secretsOfAnswer(passed);
}

/** Headers that the list of secret names writes in another case. */
const headerSpellings: Readonly<Record<string, string>> = { authorization: "Authorization", cookie: "Cookie" };
/** Secrets that people type or are sent, which are shorter than others. */
const typedNames = new Set([
  ...["password", "password.value", "client_secret", "api-key", "code", "verificationCode", "user_code", "token", "device_code"],
]);

function secretsOfRequest({ rawHeaders, url, body }: ExchangePart & { way: "in" }): string[] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const headers = names.map((name, index): RequestField => [headerSpellings[name] ?? name, rawHeaders[2 * index + 1] ?? ""]);
  const query = [...new URLSearchParams(url.split("?", 2)[1] ?? "")];
  const members = membersOf(body);
  const short = [...query, ...headers, ...members].filter(([name]) => typedNames.has(name)).map(([, value]) => value.toString());
  return [...secretsIn({ method: "POST", path: "", query, headers, body: { as: "form", members } }), ...short, ...basicHalves(headers)];
}

function basicHalves(headers: readonly RequestField[]): string[] {
  const basic = headers.flatMap(([name, value]) => (name === "Authorization" ? (/^Basic (.*)$/s.exec(value.toString())?.[1] ?? []) : []));
  return basic.flatMap((pair) => Buffer.from(pair, "base64").toString("utf8").split(":").slice(1));
}

/** Members of responses that are secret. */
const issuedNames = ["access_token", "refresh_token", "id_token", "token", "device_code", "user_code"];

function secretsOfAnswer({ location, cookies, body }: ExchangePart & { way: "out" }): string[] {
  const members = membersOf(body).filter(([name]) => issuedNames.includes(name));
  const code = new URLSearchParams(location.split("?", 2)[1]).get("code");
  const headers = cookies.map((cookie): RequestField => ["Cookie", cookie.split(";", 1)[0] ?? ""]);
  const query = [...members.map(([, value]): RequestField => ["token", value]), ...(code === null ? [] : [["code", code] as const])];
  return [...secretsIn({ method: "POST", path: "", query, headers }), ...members.map(([, value]) => value.toString())];
}

/** Every text of a JSON or form body, by its path. */
function membersOf(body: string): RequestField[] {
  try {
    return textsIn(JSON.parse(body) as unknown);
  } catch {
    return body.startsWith("<") ? [] : [...new URLSearchParams(body)];
  }
}

function textsIn(value: unknown, path = ""): RequestField[] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => textsIn(each, path === "" ? name : `${path}.${name}`));
}
