import type { SecretDigest } from "../engine/ports/clients";
import type { Clock } from "../engine/client";
import { makeSecret } from "../secrets/secret";
import type { NewOneTimeToken, OneTimeTokenStore } from "../store/programmes/one-time-tokens";

export interface OneTimeTokenPorts {
  oneTimeTokens: Pick<OneTimeTokenStore, "create">;
  digest: SecretDigest;
  clock: Clock;
}

/**
 * Makes a one-time token: the only time anyone sees it. It serves one user for one identity, once.
 * @returns a function that resolves to the token and when it expires, in epoch seconds
 * @throws NotFoundError if the programme has no such user, or the user is not linked to the identity; Unavailable
 */
export function makeCreateOneTimeToken({ oneTimeTokens, digest, clock }: OneTimeTokenPorts) {
  return async function createOneTimeToken(wanted: Omit<NewOneTimeToken, "digest">): Promise<{ token: string; expiresAt: number }> {
    const token = makeSecret("one_time_token");
    const expiresAt = await oneTimeTokens.create({ ...wanted, digest: digest(token) }, clock());
    return { token, expiresAt };
  };
}
