import { createHash, timingSafeEqual } from "node:crypto";

/** Makes the S256 code challenge of a code verifier (RFC 7636 §4.2). */
export function makeCodeChallenge(codeVerifier: string): string {
  return createHash("sha256").update(codeVerifier, "ascii").digest("base64url");
}

/** Tells, in constant time, whether the challenge was made from this verifier (RFC 7636 §4.6). */
export function provesChallenge(codeVerifier: string, codeChallenge: string): boolean {
  const [expected, presented] = [Buffer.from(makeCodeChallenge(codeVerifier)), Buffer.from(codeChallenge)];
  return expected.length === presented.length && timingSafeEqual(expected, presented);
}
