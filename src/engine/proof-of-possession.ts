import { Refusal } from "./refusal";
import type { ClientCertificate } from "./token-request";

/**
 * Accepts a token that is bound to no certificate, or to the one it is presented with (RFC 8705 §3). Every endpoint that takes
 * an access token calls this after it has checked the token's signature.
 * @param claims of the token
 * @param certificate of the connection that brought the token; the caller proved to hold its key
 * @throws Refusal `invalid_grant` for a bound token that comes with another certificate, or with none
 */
export function mustBeHolder(claims: Record<string, unknown>, certificate: ClientCertificate | undefined): void {
  const { cnf } = claims;
  if (cnf === undefined) return;
  const thumbprint = typeof cnf === "object" && cnf !== null && "x5t#S256" in cnf ? cnf["x5t#S256"] : undefined;
  if (thumbprint !== undefined && thumbprint === certificate?.thumbprint) return;
  const presented = certificate === undefined ? "none" : "another";
  throw new Refusal("invalid_grant", `the token is bound to a certificate and came with ${presented}`);
}
