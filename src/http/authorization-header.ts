import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "../engine/refusal";
import type { Credential } from "../engine/token-request";

/**
 * Reads `Authorization: Basic` (RFC 7617 §2). Id and secret are form-decoded after base64 (RFC 6749 §2.3.1). For clients
 * that do not form-encode them this changes nothing, because this server makes ids and secrets of `[A-Za-z0-9_-]` only.
 * @returns undefined if there is no such header or it has another scheme
 * @throws Refusal `invalid_client` if the header has this scheme and is malformed
 */
export function readBasic(authorization: string | undefined): Credential | undefined {
  const [, encoded] = /^basic +([^ ].*)$/i.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  if (!isBase64(encoded)) throw new Refusal("invalid_client", "Basic credentials are not base64");
  const bytes = Buffer.from(encoded, "base64");
  if (!isUtf8(bytes)) throw new Refusal("invalid_client", "Basic credentials are not UTF-8");
  const pair = bytes.toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 0) throw new Refusal("invalid_client", "Basic credentials have no colon");
  return {
    method: "client_secret_basic",
    clientId: decodeForm(pair.slice(0, colon)),
    clientSecret: decodeForm(pair.slice(colon + 1)),
  };
}

/** Padding may be missing. A single last character encodes no whole byte, and Node would silently drop it (RFC 4648 §4). */
function isBase64(text: string): boolean {
  const [, digits = ""] = /^([A-Za-z0-9+/]+)={0,2}$/.exec(text) ?? [];
  return digits !== "" && digits.length % 4 !== 1;
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/**
 * Reads every client secret of a form request, from the header and from the form (RFC 6749 §2.3.1). No contract here
 * declares `client_secret`, but a request that contains one uses an authentication method, which the engine must see to
 * refuse it.
 * @throws Refusal `invalid_client` for a broken Basic header
 */
export function readSecretCredentials(authorization: string | undefined, form: object): Credential[] {
  const basic = readBasic(authorization);
  const { client_id: clientId, client_secret: clientSecret }: Record<string, unknown> = { ...form };
  return [
    ...(basic === undefined ? [] : [basic]),
    ...(typeof clientSecret === "string"
      ? [{ method: "client_secret_post" as const, clientId: typeof clientId === "string" ? clientId : "", clientSecret }]
      : []),
  ];
}

/** Reads `Authorization: Bearer` (RFC 6750 §2.1). @returns undefined if the scheme is another one or the token is malformed */
export function readBearer(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}

/** Reads another header that carries one value. @param name in lower case @returns undefined if there is none, or several */
export function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** Whether an `Authorization` header has the scheme Bearer, malformed or not. */
export function isBearer(authorization: string | undefined): boolean {
  return /^bearer(?: |$)/i.test(authorization ?? "");
}

/** The `WWW-Authenticate` header of contracts whose clients use Basic (RFC 7617 §2.1). */
export const basicChallenge = 'Basic realm="polymint", charset="UTF-8"';
