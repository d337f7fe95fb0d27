import type { Session } from "../../engine/ports/people";
import { html } from "../framework/html";
import { who } from "../login/view";
import { local, type Rendered, toLogin } from "../framework/page";
import { scopeWords } from "../framework/scope-list";
import { formActionOf } from "../framework/security-headers";
import type { Visitor } from "../framework/visitor";
import type { Asker } from "./asker";

export interface ConsentQuestion {
  asker: Asker;
  session: Session;
  scope: readonly string[];
  /** The request as it came; it comes again with the answer, and is looked at as if for the first time. */
  search: string;
}

/** Asks whether a client may have what it wants. */
export function consentPage(visitor: Visitor, { asker, session, scope, search }: ConsentQuestion): Rendered {
  const { client, redirectUri } = asker;
  return {
    status: 200,
    title: `Allow ${client.name} access?`,
    content: html`
      <h1>Allow <bdi>${client.name}</bdi> access?</h1>
      <p class="lead">You are logged in as</p>
      ${who(session.person)}
      <p class="soft">Not you? <a href="${toLogin("/authorize", search).location}">Use another account</a></p>
      <h2><bdi>${client.name}</bdi> would like to:</h2>
      ${scopeWords(scope)}
      <form method="post" action="${local("/consent")}">
        ${visitor.formToken()}
        <input type="hidden" name="request" value="${search}" />
        <div class="actions">
          <button type="submit" name="decision" value="approve">Allow</button>
          <button type="submit" name="decision" value="deny" class="quiet">Do not allow</button>
        </div>
      </form>
      <p class="soft">Either way you go back to <bdi>${placeOf(redirectUri)}</bdi>.</p>
    `,
    formAction: formActionOf(redirectUri),
  };
}

/** What people can judge of an address: its host, or for an application on the device, its scheme. */
function placeOf(redirectUri: string): string {
  const { host, protocol } = new URL(redirectUri);
  return host === "" ? protocol.slice(0, -1) : host;
}
