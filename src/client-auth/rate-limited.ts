import { claimedSubject } from "./assertion-claims";
import { isPlausibleId } from "./client-secret";
import type { AuthContext, Authenticate, Authenticated } from "../engine/authenticate";
import type { SecretDigest } from "../engine/ports/clients";
import { Refusal } from "../engine/refusal";
import type { Credential } from "../engine/token-request";
import type { FailedAuthentications } from "../limits/failed-authentications";
import { subnetOf } from "../limits/subnet";
import type { CountRequest } from "../limits/rate";

/** What is limited; what is undefined is off. */
export interface ClientLimits {
  failures: FailedAuthentications | undefined;
  countClientRequest: CountRequest | undefined;
  countKeyRequest: CountRequest | undefined;
}

/**
 * Whose rate a request counts against. What proves nothing, or can be shown again by whoever saw it, must not use up the
 * client's own rate elsewhere: there each neighbourhood has one.
 */
function rateSubjectOf({ client, method }: Authenticated, { source }: AuthContext): string {
  return method === "none" || method === "private_key_jwt" ? `${client.id} at ${subnetOf(source)}` : client.id;
}

/**
 * Authentication within limits. Failures count against whoever was claimed, known or not; a rate counts only for who proved
 * itself, so that nobody uses up somebody else's. Without limits it is what was given.
 */
export function makeLimitedAuthenticate(authenticate: Authenticate, limits: ClientLimits, digest: SecretDigest): Authenticate {
  const { failures, countClientRequest: clientRate, countKeyRequest: keyRate } = limits;
  const guarded = failures === undefined ? authenticate : limitFailures(authenticate, failures);
  if (clientRate === undefined && keyRate === undefined) return guarded;

  return async (credentials, admission, context) => {
    const authenticated = await guarded(credentials, admission, context);
    await clientRate?.(rateSubjectOf(authenticated, context), context.now);
    const [credential] = credentials;
    if (credential?.method === "api_key") await keyRate?.(digest(credential.apiKey).toString("base64url"), context.now);
    return authenticated;
  };
}

function limitFailures(authenticate: Authenticate, failures: FailedAuthentications): Authenticate {
  return async function guarded(credentials, admission, context): Promise<Authenticated> {
    const claimed = findClaimedId(credentials);
    if (claimed === undefined) return authenticate(credentials, admission, context);
    await failures.mustNotBeBlocked(claimed, context.source, context.now);
    return authenticate(credentials, admission, context).catch((thrown: unknown) => counted(thrown, claimed, context));
  };

  async function counted(thrown: unknown, claimed: string, { source, now }: AuthContext): Promise<never> {
    if (thrown instanceof Refusal && thrown.code === "invalid_client") await failures.countFailure(claimed, source, now);
    throw thrown;
  }
}

/** Enough of a key to tell it from others, and nothing to use it by: the rest has more than 200 bits. */
const keyPrefixLength = 12;

/** Whom a request claims to come from; undefined if nobody could be called so, and nothing can be guessed. */
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
      return credential.clientId ?? claimedSubject(credential.assertion);
    default:
      return credential.clientId;
  }
}
