import { parseCookie, stringifySetCookie } from "cookie";

/** What an application remembers of an authorization request until the browser comes back. */
export interface PendingCode {
  contract: string;
  clientId: string;
  redirectUri: string;
  state: string;
  nonce: string | undefined;
  codeVerifier: string;
  /** Set once the code was exchanged. */
  spent?: boolean;
}

/** Seconds. */
const lifetimeSeconds = 600;
/** Characters of a value. A longer one is none of ours. */
const longestValue = 3000;

/**
 * Keeps an authorization request in the browser that began it, so that any worker can answer the callback. `Lax`, because the browser
 * comes back by a redirect. It holds no secret of the client.
 */
export interface CodeCookie {
  parse(header: string | undefined): PendingCode | undefined;
  /** @returns a `Set-Cookie` header */
  serialize(pending: PendingCode): string;
}

/** @param issuer decides on the name and on `Secure`, as for the session's cookie */
export function makeCodeCookie(issuer: string): CodeCookie {
  const secure = issuer.startsWith("https:");
  const name = secure ? "__Host-polymint-playground" : "polymint-playground";
  return {
    parse(header) {
      const value = header === undefined ? undefined : parseCookie(header)[name];
      return value === undefined || value.length > longestValue ? undefined : parsePending(value);
    },
    serialize(pending) {
      const value = Buffer.from(JSON.stringify(pending)).toString("base64url");
      return stringifySetCookie({ name, value, path: "/", httpOnly: true, sameSite: "lax", secure, maxAge: lifetimeSeconds });
    },
  };
}

function parsePending(value: string): PendingCode | undefined {
  try {
    const found = JSON.parse(Buffer.from(value, "base64url").toString("utf8")) as Record<string, unknown>;
    const { contract, clientId, redirectUri, state, nonce, codeVerifier, spent } = found;
    const texts = [contract, clientId, redirectUri, state, codeVerifier];
    if (!texts.every((text) => typeof text === "string")) return undefined;
    return {
      ...{ contract: String(contract), clientId: String(clientId), redirectUri: String(redirectUri) },
      ...{ state: String(state), codeVerifier: String(codeVerifier), spent: spent === true },
      nonce: typeof nonce === "string" ? nonce : undefined,
    };
  } catch {
    return undefined;
  }
}
