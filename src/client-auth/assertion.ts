import { isUtf8 } from "node:buffer";
import type { DecodedAssertion, PresentedAssertion } from "../engine/token-request";
import { Refusal } from "../engine/refusal";

/** Characters of the compact form. */
const longestAssertion = 8192;
/** JOSE `typ`s of a JWT that is not marked for one purpose. */
const plainTypes: readonly unknown[] = [undefined, "JWT", "jwt"];
const clientAuthenticationTypes: readonly unknown[] = [...plainTypes, "client-authentication+jwt"];

/** Decodes the assertion of private_key_jwt. It does not throw: authentication refuses a malformed assertion, and counts the failure. */
export function decodeClientAssertion(compact: string): PresentedAssertion {
  return decode(compact, clientAuthenticationTypes);
}

/** Decodes the assertion of a delegated API client. It does not throw; see {@link decodeClientAssertion}. */
export function decodeDelegatedAssertion(compact: string): PresentedAssertion {
  return decode(compact, plainTypes);
}

/** @throws Refusal `invalid_client` if what was presented cannot be an assertion */
export function requireDecoded(assertion: PresentedAssertion): DecodedAssertion {
  if (!("fault" in assertion)) return assertion;
  throw new Refusal("invalid_client", assertion.fault, { cause: assertion.cause });
}

/**
 * Decodes a compact JWS without checking its signature.
 * @param types what `typ` may be (RFC 8725 §3.11)
 */
function decode(compact: string, types: readonly unknown[]): PresentedAssertion {
  const parts = compact.split(".");
  if (parts.length !== 3 || compact.length > longestAssertion) return { fault: "the assertion is not a compact JWS" };
  const header = decodePart(parts[0]);
  if ("fault" in header) return header;
  const payload = decodePart(parts[1]);
  if ("fault" in payload) return payload;
  const { alg, crit, kid, typ } = header.members;
  // This server implements no extension that `crit` could name (RFC 7515 §4.1.11).
  if (crit !== undefined) return { fault: "the assertion has crit" };
  if (!types.includes(typ)) return { fault: "the assertion's typ is that of another kind of JWT" };
  if (kid !== undefined && typeof kid !== "string") return { fault: "the assertion's kid is not a string" };
  return { compact, header: { alg, kid }, payload: payload.members };
}

type DecodedPart = { members: Record<string, unknown> } | { fault: string; cause?: unknown };

function decodePart(part: string | undefined): DecodedPart {
  const bytes = Buffer.from(part ?? "", "base64url");
  try {
    const value: unknown = isUtf8(bytes) ? JSON.parse(bytes.toString("utf8")) : undefined;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { members: value as Record<string, unknown> };
  } catch (cause) {
    return { fault: "a part of the assertion is not JSON", cause };
  }
  return { fault: "a part of the assertion is not a JSON object" };
}
