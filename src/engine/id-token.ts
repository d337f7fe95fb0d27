import type { Issued, Login, SigningAlgorithm } from "./types";

/** OIDC Core §2. */
export function idTokenClaims(_issued: Issued & { login: Login }, _issuer: string, _algorithm: SigningAlgorithm): Record<string, unknown> {
  return {};
}
