import { Refusal } from "./refusal";
import type { ClientCertificate } from "./token-request";

/**
 * Lets a token pass that is bound to no certificate, or to the one it is presented with (RFC 8705 §3). Every endpoint of
 * ours that takes an access token asks here, once the token's signature has been checked.
 * @param claims of the token
 * @param certificate whose key the caller proved to hold, on the connection that brought the token
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
