import type { RegisteredScopes } from "../../engine/ports/clients";
import { nameRefreshScope } from "../../engine/scope";
import { AuthorizationError } from "./answer";
import type { Asker } from "./asker";

/** Scopes that have a meaning here although no client may be registered for them (OIDC Core §3.1.2.1, §5.4). */
const openidScopes: readonly string[] = ["openid", "email", "profile"];

/**
 * Finds the scope that the person is asked for. A value that the server does not know is left out (OIDC Core §3.1.2.1).
 * @throws AuthorizationError if none is left, or one is known and not the client's; Unavailable
 */
export async function selectScope(asked: readonly string[], { client, policy }: Asker, registered: RegisteredScopes): Promise<string[]> {
  const own = nameRefreshScope(client.scopes, policy);
  const scope = nameRefreshScope(asked, policy);
  const others = scope.filter((each) => !own.includes(each));
  if (others.length === 0) return scope;
  const known = new Set([...openidScopes, policy.refreshTokens?.scope, ...(await registered.findRegistered(others))]);
  if (others.some((each) => known.has(each)))
    throw new AuthorizationError("invalid_scope", "The client is not registered for a scope that it asked for.");
  if (others.length === scope.length) throw new AuthorizationError("invalid_scope", "No scope that was asked for is known.");
  return scope.filter((each) => own.includes(each));
}
