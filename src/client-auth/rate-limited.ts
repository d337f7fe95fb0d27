import type { AuthContext, Authenticate, Authenticated } from "../engine/authenticate";
import type { SecretDigest } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { ClientLimits } from "../limits";
import type { FailedAuthentications } from "../limits/failed-authentications";
import { subnetOf } from "../limits/subnet";

/**
 * The subject a request's rate counts against. `none` and assertions, which can be replayed, are rate-limited per client
 * *and* subnet, so that an attacker elsewhere cannot exhaust the client's own rate.
 */
function rateSubjectOf({ client, method }: Authenticated, { source }: AuthContext): string {
  return method === "none" || method === "private_key_jwt" ? `${client.id} at ${subnetOf(source)}` : client.id;
}

/**
 * Authentication within limits. A failure counts against where it came from, and never against the claimed client. A rate
 * counts authenticated requests only, so that a caller without credentials cannot use it up. Without limits, `authenticate`
 * is returned as it is.
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
    // Unless there is exactly one credential, nothing is checked.
    if (credentials.length !== 1) return authenticate(credentials, admission, context);
    const block = failures.mustNotBeBlocked(context.source, context.now);
    const proven = authenticate(credentials, admission, context);
    if (block !== undefined) {
      // The two look-ups do not wait for each other. The answer waits for both, and a block is the answer whatever was proven.
      proven.catch(() => undefined);
      await block;
    }
    try {
      return await proven;
    } catch (thrown) {
      return countAndRethrow(thrown, context);
    }
  };

  async function countAndRethrow(thrown: unknown, { source, now }: AuthContext): Promise<never> {
    if (thrown instanceof Refusal && thrown.code === "invalid_client") await failures.countFailure(source, now);
    throw thrown;
  }
}
