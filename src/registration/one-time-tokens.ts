import type { SecretDigest } from "../engine/ports/clients";
import type { Clock } from "../engine/client";
import { makeSecret } from "../secrets/secret";
import type { NewOneTimeToken, OneTimeTokenStore } from "../store/programmes/one-time-tokens";

export interface CreateOneTimeTokenPorts {
  oneTimeTokens: Pick<OneTimeTokenStore, "create">;
  digest: SecretDigest;
  clock: Clock;
}

/**
 * Makes the function that makes a one-time token. A token serves one user for one identity, once; only its digest is stored.
 * @returns a function that resolves to the token in clear and the time it expires, in epoch seconds
 * @throws NotFoundError if the programme has no such user, or the user is not linked to the identity; Unavailable
 */
export function makeCreateOneTimeToken({ oneTimeTokens, digest, clock }: CreateOneTimeTokenPorts) {
  return async function createOneTimeToken(request: Omit<NewOneTimeToken, "digest">): Promise<{ token: string; expiresAt: number }> {
    const token = makeSecret("one_time_token");
    const expiresAt = await oneTimeTokens.create({ ...request, digest: digest(token) }, clock());
    return { token, expiresAt };
  };
}
