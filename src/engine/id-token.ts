import { createHash } from "node:crypto";
import { selectPersonClaims } from "./person-claims";
import type { PersonLogin } from "./person";
import type { Issued } from "./decision";
import type { SigningAlgorithm } from "./client";

/** The hash function of each signature algorithm (RFC 7518 §3.1). */
const hashOf = { ES256: "sha256", RS256: "sha256", PS256: "sha256", HS256: "sha256" } as const satisfies Record<SigningAlgorithm, string>;

/**
 * Makes the claims of an id_token (OIDC Core §2, §3.1.3.3). It has no `jti`, so that this server never takes it for an access
 * token, and none of the client's extra claims, which are not about the person.
 * @param algorithm that the id_token will be signed with
 */
export function makeIdTokenClaims(
  issued: Issued & { login: PersonLogin },
  issuer: string,
  algorithm: SigningAlgorithm,
): Record<string, unknown> {
  const { client, subject, scope, accessToken, issuedAt, expiresAt } = issued;
  const { person, authTime, nonce } = issued.login;
  return {
    ...selectPersonClaims(person, scope),
    iss: issuer,
    sub: subject.id,
    aud: client.id,
    iat: issuedAt,
    exp: expiresAt,
    auth_time: authTime,
    ...(nonce === undefined ? {} : { nonce }),
    at_hash: hashAccessToken(accessToken, algorithm),
  };
}

/** Makes the `at_hash`: the left half of the token's hash, base64url (OIDC Core §3.1.3.6). */
export function hashAccessToken(accessToken: string, algorithm: SigningAlgorithm): string {
  const hash = createHash(hashOf[algorithm]).update(accessToken, "ascii").digest();
  return hash.subarray(0, hash.length / 2).toString("base64url");
}
