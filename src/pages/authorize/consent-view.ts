import type { BrowserSession } from "../../engine/ports/people";
import { html } from "../framework/html";
import { renderPerson } from "../login/view";
import { type HtmlReply, linkTo, linkToLogin } from "../framework/page";
import { renderScopeList } from "../framework/scope-list";
import { formActionOf } from "../framework/security-headers";
import type { Visitor } from "../framework/visitor";
import type { Asker } from "./asker";

export interface ConsentQuestion {
  asker: Asker;
  session: BrowserSession;
  scope: readonly string[];
  /** The query of the authorization request. The form sends it back with the decision, and it is checked again from the start. */
  search: string;
}

/** Renders the page that asks the person whether the client may have the access that it requests. */
export function renderConsentPage(visitor: Visitor, { asker, session, scope, search }: ConsentQuestion): HtmlReply {
  const { client, policy, redirectUri } = asker;
  return {
    status: 200,
    title: `Allow ${client.name} access?`,
    content: html`
      <h1>Allow <bdi>${client.name}</bdi> access?</h1>
      <p class="lead">You are logged in as</p>
      ${renderPerson(session.person)}
      <p class="soft">Not you? <a href="${linkToLogin("/authorize", search)}">Use another account</a></p>
      <h2><bdi>${client.name}</bdi> would like to:</h2>
      ${renderScopeList(scope, policy.refreshTokens?.scope)}
      <form method="post" action="${linkTo("/consent")}">
        ${visitor.renderFormToken()}
        <input type="hidden" name="request" value="${search}" />
        <div class="actions">
          <button type="submit" name="decision" value="approve">Allow</button>
          <button type="submit" name="decision" value="deny" class="quiet">Do not allow</button>
        </div>
      </form>
      <p class="soft">Either way you go back to <bdi>${describeRedirectUri(redirectUri)}</bdi>.</p>
    `,
    formAction: formActionOf(redirectUri),
  };
}

/** The part of a redirect URI that a person can judge: its host or, for an application on the device, its scheme. */
function describeRedirectUri(redirectUri: string): string {
  const { host, protocol } = new URL(redirectUri);
  return host === "" ? protocol.slice(0, -1) : host;
}
