import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import { renderValue } from "../copy";
import type { FrontDoorDemo } from "../options";

/** Renders who can log in to a demonstration. */
export function renderLogins({ person, user }: FrontDoorDemo): Html {
  return html`<section aria-labelledby="people">
    <h2 id="people">People of the demonstration</h2>
    ${
      person === undefined
        ? undefined
        : html`<h3>A person, who logs in <a href="${linkTo("/login")}">on the login page</a></h3>
            <dl class="facts">
              <dt>Email</dt>
              <dd>${renderValue("the email of the person", person.email)}</dd>
              <dt>Password</dt>
              <dd>${renderValue("the password of the person", person.password)}</dd>
            </dl>`
    }
    ${
      user === undefined
        ? undefined
        : html`<h3>A user of a programme, who logs in through the API</h3>
            <dl class="facts">
              <dt>Email</dt>
              <dd>${renderValue("the email of the user", user.email)}</dd>
              <dt>Password</dt>
              <dd>${renderValue("the password of the user", user.password)}</dd>
              <dt>Identity</dt>
              <dd>${renderValue("the identity of the user", user.identityId)}</dd>
            </dl>`
    }
  </section>`;
}
