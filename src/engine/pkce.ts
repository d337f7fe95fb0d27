import { createHash, timingSafeEqual } from "node:crypto";

/** The S256 code challenge of a code verifier (RFC 7636 §4.2). */
export function makeCodeChallenge(codeVerifier: string): string {
  return createHash("sha256").update(codeVerifier, "ascii").digest("base64url");
}

/** Whether the verifier is the one that the challenge was made of (RFC 7636 §4.6). Takes the same time whatever is wrong. */
export function provesChallenge(codeVerifier: string, codeChallenge: string): boolean {
  const [made, given] = [Buffer.from(makeCodeChallenge(codeVerifier)), Buffer.from(codeChallenge)];
  return made.length === given.length && timingSafeEqual(made, given);
}
