import type { AuthorizationCodes } from "../../engine/ports/codes";
import type { Consents, ProvenLogin, Sessions } from "../../engine/ports/people";
import type { RegisteredScopes, SecretDigest } from "../../engine/ports/clients";
import { makeCodeChallenge } from "../../engine/pkce";
import { makeSecret } from "../../secrets/secret";
import { type AskerPorts, findAsker } from "./asker";
import { issueCode } from "./issue-code";
import { parseParameters } from "./parameters";
import { parseAuthorizationRequest } from "./request";
import { selectScope } from "./scope";

export interface ConsentedCodePorts extends AskerPorts {
  registeredScopes: RegisteredScopes;
  consents: Consents;
  sessions: Sessions;
  authorizationCodes: AuthorizationCodes;
  digest: SecretDigest;
}

/** What an application would ask for, and the verifier that it would keep (RFC 7636 §4.1). */
export interface CodeWish {
  clientId: string;
  redirectUri: string;
  /** Separated by spaces. */
  scope: string;
  codeVerifier: string;
}

/**
 * Makes a code as if the person had logged in and consented just now, for development and tests: no page is shown. The client,
 * the redirect URI and the scope are checked as the authorization endpoint checks them. The session ends with the work.
 * @param login names the person
 * @param now epoch milliseconds
 * @param code a new one, if the caller must know it beforehand
 * @returns undefined if the person may not log in
 * @throws Refusal for a client or a redirect URI that is not valid, AuthorizationError for any other fault, Unavailable
 */
export async function issueConsentedCode(
  ports: ConsentedCodePorts,
  wish: CodeWish,
  login: ProvenLogin,
  now: number,
  code?: string,
): Promise<string | undefined> {
  const parameters = parseParameters(formatRequest(wish));
  const asker = await findAsker(parameters, ports);
  const asked = parseAuthorizationRequest(parameters, asker.client);
  const request = { ...asked, scope: await selectScope(asked.scope, asker, ports.registeredScopes) };
  const session = ports.digest(makeSecret("session"));
  if (!(await ports.sessions.start(session, login, now))) return undefined;
  const inSession = await ports.sessions.use(session, now);
  if (inSession === undefined) return undefined;
  await ports.consents.addScopes(login.personId, asker.client.id, request.scope, now);
  const issued = await issueCode(ports, asker, inSession, request, now, code);
  await ports.sessions.end(session);
  return issued;
}

function formatRequest({ clientId, redirectUri, scope, codeVerifier }: CodeWish): string {
  return new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    code_challenge: makeCodeChallenge(codeVerifier),
    code_challenge_method: "S256",
  }).toString();
}
