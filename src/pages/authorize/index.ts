import { mustStillWait } from "../../engine/caller";
import type { Consents, Session } from "../../engine/ports/people";
import type { AuthorizationCodes } from "../../engine/ports/codes";
import type { ClientRegistry, SecretDigest } from "../../engine/ports/clients";
import type { Contracts } from "../../engine/contracts";
import { invalidRequest, Refusal } from "../../engine/refusal";
import type { DerivedMac } from "../../secrets/derived-mac";
import { type Continuation, local, type Page, type PageReply, type PageRequest, toLogin } from "../framework/page";
import { formActionOf } from "../framework/security-headers";
import { answerUri, NotAuthorized, toNotAuthorized } from "./answer";
import { type Asker, askerOf } from "./asker";
import { consentPage } from "./consent-view";
import { issueCode } from "./issue-code";
import { type LoginAfter, makeLoginAfter } from "./login-after";
import { parametersOf, single } from "./parameters";
import { type AuthorizationRequest, authorizationOf } from "./request";

export interface AuthorizePorts {
  clients: ClientRegistry;
  consents: Consents;
  authorizationCodes: AuthorizationCodes;
  digest: SecretDigest;
  /** For the note that a login was demanded. */
  loginMac: DerivedMac;
  issuer: string;
  contracts: Contracts;
  /** Whether a contract that is switched on offers the grant. */
  enabled: boolean;
}

/** Somebody's answer to the consent page, or undefined while they have not been asked. */
type Answer = "approve" | "deny" | undefined;

/** The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2), and where the consent page sends its answer. */
export function makeAuthorize(ports: AuthorizePorts): { authorize: Page; consent: Page } {
  const flow = { ...ports, loginAfter: makeLoginAfter(ports.loginMac) };
  const { enabled } = ports;
  return {
    authorize: {
      path: "/authorize",
      enabled,
      foreignForms: true,
      // A code, for somebody who consented before.
      unsafe: true,
      get: (request) => authorize(flow, request, request.search, undefined),
      post: (request) => asGet(request),
      continuation: (search) => continuationOf(flow, search),
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
    },
  };
}

type Flow = AuthorizePorts & { loginAfter: LoginAfter };

/** A form from a client's site comes without our cookie (SameSite), and the redirect after it comes with it (RFC 6265bis §5.2). */
async function asGet({ formText }: PageRequest): Promise<PageReply> {
  parametersOf(formText);
  return { location: `${local("/authorize")}?${new URLSearchParams(formText).toString()}` };
}

async function authorize(flow: Flow, request: PageRequest, marked: string, answer: Answer): Promise<PageReply> {
  const { search, since } = flow.loginAfter.read(marked, request.now);

  // 1. Who asks? Until that is sure, nobody is sent anywhere.
  const parameters = parametersOf(search);
  const asker = await askerOf(parameters, flow);
  request.exchange.note.client = asker.client.id;
  const context = { redirectUri: asker.redirectUri, state: single(parameters, "state"), issuer: flow.issuer };

  try {
    // 2. What for?
    const wanted = authorizationOf(parameters, asker.client);
    const silent = wanted.prompt.has("none");

    // 3. Who is there?
    const session = await request.visitor.session();
    if (session === undefined || isStale(session, wanted, since, request.now)) {
      if (silent) throw new NotAuthorized("login_required", "The person is not logged in, or not recently enough.");
      return toLogin("/authorize", flow.loginAfter.demand(search, request.now));
    }
    request.exchange.note.person = session.person.id;

    // 4. Does that person agree?
    if (answer === "deny") throw new NotAuthorized("access_denied", "The person did not agree.");
    if (answer === undefined && (await mustAsk(flow, asker, session, wanted))) {
      if (silent) throw new NotAuthorized("consent_required", "The person has not agreed to this yet.");
      return consentPage(request.visitor, { asker, session, scope: wanted.scope, search: marked });
    }

    // 5. Remember it, and hand out the code.
    mustStillWait(request.exchange.caller);
    if (answer === "approve") await flow.consents.give(session.person.id, asker.client.id, wanted.scope, request.now);
    return { location: answerUri({ code: await issueCode(flow, asker, session, wanted, request.now) }, context) };
  } catch (thrown) {
    const notAuthorized = toNotAuthorized(thrown);
    return { location: answerUri(notAuthorized, context), refusal: notAuthorized.refusal };
  }
}

/** Whether this login does not do for this request (OIDC Core §3.1.2.1). One that came after the request does for any. */
function isStale(session: Session, { prompt, maxAge }: AuthorizationRequest, since: number | undefined, now: number): boolean {
  if (since !== undefined && session.authenticatedAt >= since) return false;
  if (prompt.has("login") || prompt.has("select_account")) return true;
  return maxAge !== undefined && now - session.authenticatedAt > maxAge * 1000;
}

/** Access in somebody's absence is asked about each time (OIDC Core §11); anything else once. */
async function mustAsk(flow: Flow, { client }: Asker, { person }: Session, { prompt, scope }: AuthorizationRequest): Promise<boolean> {
  if (prompt.has("consent") || scope.includes("offline")) return true;
  const given = await flow.consents.given(person.id, client.id);
  return scope.some((each) => !given.includes(each));
}

/** What the login page shows of a request, if it is one to be trusted. */
async function continuationOf(flow: Flow, search: string): Promise<Continuation> {
  try {
    const parameters = parametersOf(flow.loginAfter.read(search, 0).search);
    const { client, redirectUri } = await askerOf(parameters, flow);
    const loginHint = single(parameters, "login_hint");
    return { clientName: client.name, formAction: formActionOf(redirectUri), ...(loginHint === undefined ? {} : { loginHint }) };
  } catch (thrown) {
    if (thrown instanceof Refusal) return {};
    throw thrown;
  }
}
