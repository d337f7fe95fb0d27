import { isUtf8 } from "node:buffer";
import type { Authenticator } from "../engine/authenticate";
import { Refusal } from "../engine/refusal";
import type { Credential } from "../engine/types";
import { clientWithSecret, type SecretPorts } from "./client-secret";

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
    clientId: formDecoded(pair.slice(0, colon)),
    clientSecret: formDecoded(pair.slice(colon + 1)),
  };
}

/** Padding may be missing. A lone last character is six bits of nothing, which Node would quietly drop (RFC 4648 §4). */
function isBase64(text: string): boolean {
  const [, digits = ""] = /^([A-Za-z0-9+/]+)={0,2}$/.exec(text) ?? [];
  return digits !== "" && digits.length % 4 !== 1;
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** RFC 6749 §2.3.1: id and secret in the `Authorization` header. */
export function makeClientSecretBasic(ports: SecretPorts): Authenticator<"client_secret_basic"> {
  return async ({ clientId, clientSecret }) => ({
    client: await clientWithSecret(ports, clientId, clientSecret),
    method: "client_secret_basic",
  });
}
