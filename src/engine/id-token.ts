import { createHash } from "node:crypto";
import { selectPersonClaims } from "./person-claims";
import type { PersonLogin } from "./person";
import type { Issued } from "./decision";
import type { SigningAlgorithm } from "./client";

/**
 * Finds what is wrong with an algorithm for a contract that identifies persons. An id_token under HS256 needs the client's secret as
 * its key (OIDC Core §10.1), of which this server keeps only a digest.
 * @returns the end of a sentence that begins with the setting; undefined if nothing is wrong
 */
export function findAlgorithmFault(algorithm: SigningAlgorithm | undefined): string | undefined {
  if (algorithm !== "HS256") return undefined;
  return "must be ES256, RS256 or PS256, because no client could verify the contract's id_tokens under HS256";
}

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
