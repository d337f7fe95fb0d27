import { mustStillWait } from "../../engine/caller";
import type { Consents, BrowserSession } from "../../engine/ports/people";
import type { AuthorizationCodes } from "../../engine/ports/codes";
import type { IdTokenVerifier } from "../../engine/ports/keys";
import type { ClientRegistry, RegisteredScopes, SecretDigest } from "../../engine/ports/clients";
import type { Contracts } from "../../engine/contracts";
import { invalidRequest, Refusal } from "../../engine/refusal";
import type { DerivedMac } from "../../secrets/derived-mac";
import { linkTo, type LoginContext, type Page, type PageReply, type PageRequest, redirectToLogin } from "../framework/page";
import { isPlainText } from "../framework/return-to";
import { formActionOf } from "../framework/security-headers";
import { AuthorizationError, makeAnswerUri, toAuthorizationError } from "./answer";
import { type Asker, findAsker } from "./asker";
import { renderConsentPage } from "./consent-view";
import { issueCode } from "./issue-code";
import { type LoginDemands, makeLoginDemands } from "./login-after";
import { getParameter, parseParameters } from "./parameters";
import { type AuthorizationRequest, parseAuthorizationRequest } from "./request";
import { selectScope } from "./scope";

export interface AuthorizePorts {
  clients: ClientRegistry;
  registeredScopes: RegisteredScopes;
  consents: Consents;
  authorizationCodes: AuthorizationCodes;
  digest: SecretDigest;
  /** Signs the note that a request demanded a login. */
  loginMac: DerivedMac;
  verifier: IdTokenVerifier;
  issuer: string;
  contracts: Contracts;
  /** Whether an enabled contract offers the grant. */
  enabled: boolean;
}

/** The person's answer to the consent page, or undefined before the page has been shown. */
type ConsentDecision = "approve" | "deny" | undefined;

/** The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2), and where the consent page sends its answer. */
export function makeAuthorizePages(ports: AuthorizePorts): { authorize: Page; consent: Page } {
  const flow = { ...ports, loginDemands: makeLoginDemands(ports.loginMac) };
  const { enabled } = ports;
  return {
    authorize: {
      path: "/authorize",
      enabled,
      foreignForms: true,
      // A person who has consented before gets a code at once.
      unsafe: true,
      get: (request) => authorize(flow, request, request.search, undefined),
      post: (request) => redirectAsGet(request),
      describeLogin: (search) => describeLogin(flow, search),
    },
    consent: {
      path: "/consent",
      enabled,
      post: async (request) => {
        const { request: search, decision } = request.form;
        if (search === undefined || (decision !== "approve" && decision !== "deny"))
          throw invalidRequest("a consent without a request or a decision");
        return authorize(flow, request, search, decision);
      },
      renewForm: ({ form }, refusal) => renewConsent(form.request, refusal),
    },
  };
}

type AuthorizeFlow = AuthorizePorts & { loginDemands: LoginDemands };

/** Asks anew, since another person may be logged in now. */
function renewConsent(search: string | undefined, refusal: Refusal): Promise<PageReply> {
  if (search === undefined || !isPlainText(search)) throw refusal;
  return Promise.resolve({ location: `${linkTo("/authorize")}?${search}`, refusal });
}

/** Redirects a form to GET: browsers send the cookie (SameSite) not with a client's form, but with the redirect (RFC 6265bis §5.2). */
async function redirectAsGet({ formText }: PageRequest): Promise<PageReply> {
  parseParameters(formText);
  return { location: `${linkTo("/authorize")}?${new URLSearchParams(formText).toString()}` };
}

async function authorize(flow: AuthorizeFlow, request: PageRequest, marked: string, answer: ConsentDecision): Promise<PageReply> {
  const { search, since } = flow.loginDemands.read(marked, request.now);

  // 1. Which client asks? Until that is certain, the browser is redirected nowhere.
  const parameters = parseParameters(search);
  const asker = await findAsker(parameters, flow);
  request.exchange.note.client = asker.client.id;
  const context = { redirectUri: asker.redirectUri, state: getParameter(parameters, "state"), issuer: flow.issuer };

  try {
    // 2. What does it ask for?
    const asked = parseAuthorizationRequest(parameters, asker.client);
    const authorization = { ...asked, scope: await selectScope(asked.scope, asker, flow.registeredScopes) };
    const silent = authorization.prompt.has("none");
    const demandLogin = (): PageReply => {
      if (silent) throw new AuthorizationError("login_required", "The expected person is not logged in, or not recently enough.");
      return redirectToLogin("/authorize", flow.loginDemands.add(search, request.now));
    };

    // 3. Which person is logged in?
    const expected = await findExpectedPerson(authorization, asker, flow.verifier);
    const session = await request.visitor.findSession();
    if (session === undefined || isStale(session, authorization, since, request.now)) return demandLogin();
    if (expected !== undefined && session.person.id !== expected) {
      // The person who logged in for this request is another one: a further login would most likely end the same way.
      if (hasLoggedInSince(session, since)) throw new AuthorizationError("login_required", "Another person has logged in than expected.");
      return demandLogin();
    }
    request.exchange.note.person = session.person.id;

    // 4. Does the person consent?
    if (answer === "deny") throw new AuthorizationError("access_denied", "The person did not agree.");
    if (answer === undefined && (await needsConsent(flow, asker, session, authorization))) {
      if (silent) throw new AuthorizationError("consent_required", "The person has not agreed to this yet.");
      return renderConsentPage(request.visitor, { asker, session, scope: authorization.scope, search: marked });
    }

    // 5. Save the consent and issue the code.
    mustStillWait(request.exchange.caller);
    if (answer === "approve") await flow.consents.addScopes(session.person.id, asker.client.id, authorization.scope, request.now);
    const code = await issueCode(flow, asker, session, authorization, request.now);
    return code === undefined ? demandLogin() : { location: makeAnswerUri({ code }, context) };
  } catch (thrown) {
    const error = toAuthorizationError(thrown);
    return { location: makeAnswerUri(error, context), refusal: error.refusal };
  }
}

/**
 * Whether the request demands a newer login than the session's (OIDC Core §3.1.2.1).
 * @param since when the request demanded a login; a login after that satisfies it
 */
function isStale(session: BrowserSession, { prompt, maxAge }: AuthorizationRequest, since: number | undefined, now: number): boolean {
  if (hasLoggedInSince(session, since)) return false;
  if (prompt.has("login") || prompt.has("select_account")) return true;
  return maxAge !== undefined && now - session.authenticatedAt > maxAge * 1000;
}

/** Whether the person has logged in after the request demanded it. */
function hasLoggedInSince({ authenticatedAt }: BrowserSession, since: number | undefined): boolean {
  return since !== undefined && authenticatedAt >= since;
}

/**
 * Finds the id of the person that the client expects: no other person gets a code (OIDC Core §3.1.2.2 item 4).
 * @returns undefined if the request has no `id_token_hint`
 * @throws AuthorizationError if the hint is no id_token of this client, Unavailable
 */
async function findExpectedPerson(
  { idTokenHint }: AuthorizationRequest,
  { client }: Asker,
  verifier: IdTokenVerifier,
): Promise<string | undefined> {
  if (idTokenHint === undefined) return undefined;
  const expected = await verifier.verifyIdToken(idTokenHint, client.id);
  if (expected === undefined) throw new AuthorizationError("invalid_request", "id_token_hint is not an id_token of this client.");
  return expected;
}

/** Whether to show the consent page: each time for offline access (OIDC Core §11), once for anything else. */
async function needsConsent(
  flow: AuthorizeFlow,
  { client, policy }: Asker,
  { person }: BrowserSession,
  { prompt, scope }: AuthorizationRequest,
): Promise<boolean> {
  if (prompt.has("consent") || scope.some((each) => each === policy.refreshTokens?.scope)) return true;
  const given = await flow.consents.listScopes(person.id, client.id);
  return scope.some((each) => !given.includes(each));
}

/** What the login page shows about a request; nothing if the client or the redirect URI is not valid. */
async function describeLogin(flow: AuthorizeFlow, search: string): Promise<LoginContext> {
  try {
    const parameters = parseParameters(flow.loginDemands.read(search, 0).search);
    const { client, redirectUri } = await findAsker(parameters, flow);
    const loginHint = getParameter(parameters, "login_hint");
    return { clientName: client.name, formAction: formActionOf(redirectUri), ...(loginHint === undefined ? {} : { loginHint }) };
  } catch (thrown) {
    if (thrown instanceof Refusal) return {};
    throw thrown;
  }
}
