import type { AuthContext, Authenticate, Authenticated } from "../engine/authenticate";
import type { SecretDigest } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { Credential, PresentedAssertion } from "../engine/token-request";
import type { ClientLimits } from "../limits";
import type { FailedAuthentications } from "../limits/failed-authentications";
import { subnetOf } from "../limits/subnet";
import { isPlausibleId } from "./client-secret";

/**
 * The subject a request's rate counts against. `none` and assertions, which can be replayed, are rate-limited per client
 * *and* subnet, so that an attacker elsewhere cannot exhaust the client's own rate.
 */
function rateSubjectOf({ client, method }: Authenticated, { source }: AuthContext): string {
  return method === "none" || method === "private_key_jwt" ? `${client.id} at ${subnetOf(source)}` : client.id;
}

/**
 * Authentication within limits. A failure counts against the claimed client, whether it exists or not. A rate counts
 * authenticated requests only, so that a caller without credentials cannot use it up. Without limits, `authenticate` is
 * returned as it is.
 */
export function makeLimitedAuthenticate(authenticate: Authenticate, limits: ClientLimits, digest: SecretDigest): Authenticate {
  const { failures, countClientRequest, countKeyRequest } = limits;
  const guarded = failures === undefined ? authenticate : limitFailures(authenticate, failures);
  if (countClientRequest === undefined && countKeyRequest === undefined) return guarded;

  return async (credentials, admission, context) => {
    const authenticated = await guarded(credentials, admission, context);
    await countClientRequest?.(rateSubjectOf(authenticated, context), context.now);
    const [credential] = credentials;
    if (credential?.method === "api_key") await countKeyRequest?.(digest(credential.apiKey).toString("base64url"), context.now);
    return authenticated;
  };
}

function limitFailures(authenticate: Authenticate, failures: FailedAuthentications): Authenticate {
  return async function authenticateWithinLimit(credentials, admission, context): Promise<Authenticated> {
    const claimed = findClaimedId(credentials);
    if (claimed === undefined) return authenticate(credentials, admission, context);
    await failures.mustNotBeBlocked(claimed, context.source, context.now);
    return authenticate(credentials, admission, context).catch((thrown: unknown) => countAndRethrow(thrown, claimed, context));
  };

  async function countAndRethrow(thrown: unknown, claimed: string, { source, now }: AuthContext): Promise<never> {
    if (thrown instanceof Refusal && thrown.code === "invalid_client") await failures.countFailure(claimed, source, now);
    throw thrown;
  }
}

/** Characters that distinguish an API key from others without revealing it: the rest of the key has more than 200 bits. */
const keyPrefixLength = 12;

/** @returns the id a request claims, not believed yet; undefined if no client could have it, and there is nothing to guess */
function findClaimedId(credentials: readonly Credential[]): string | undefined {
  const [credential, ...others] = credentials;
  if (credential === undefined || others.length > 0) return undefined;
  const claimed = readClaimedId(credential);
  return claimed !== undefined && isPlausibleId(claimed) ? claimed : undefined;
}

function readClaimedId(credential: Credential): string | undefined {
  switch (credential.method) {
    case "api_key":
      return credential.apiKey.slice(0, keyPrefixLength);
    case "private_key_jwt":
      return credential.clientId ?? readSubject(credential.assertion);
    default:
      return credential.clientId;
  }
}

function readSubject(assertion: PresentedAssertion): string | undefined {
  if ("fault" in assertion) return undefined;
  const { sub } = assertion.payload;
  return typeof sub === "string" ? sub : undefined;
}
