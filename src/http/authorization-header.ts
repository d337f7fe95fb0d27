import { isUtf8 } from "node:buffer";
import { Refusal } from "../engine/refusal";
import type { Credential } from "../engine/token-request";

/**
 * Reads `Authorization: Basic` (RFC 7617 §2). Id and secret are form-decoded after base64 (RFC 6749 §2.3.1); for
 * clients that do not encode this changes nothing, because ids and secrets made here hold only `[A-Za-z0-9_-]`.
 * @returns undefined if there is no such header or it is of another scheme
 * @throws Refusal `invalid_client` if the header is of this scheme and makes no sense
 */
export function readBasic(authorization: string | undefined): Credential | undefined {
  const [, encoded] = /^basic +(.*)$/i.exec(authorization ?? "") ?? [];
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

/** Padding may be missing. A lone last character is six bits of nothing, which Node would quietly drop (RFC 4648 §4). */
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
 * Every shared secret a form request carries, in the header or in the form (RFC 6749 §2.3.1). No contract here declares
 * `client_secret`, but a request that carries one uses a mechanism, and the engine must see it to refuse it.
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

/** Reads `Authorization: Bearer` (RFC 6750 §2.1). @returns undefined for any other scheme, or what is no token of this one */
export function readBearer(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}

/** `WWW-Authenticate` of contracts whose clients use Basic (RFC 7617 §2.1). */
export const basicChallenge = 'Basic realm="polymint", charset="UTF-8"';
