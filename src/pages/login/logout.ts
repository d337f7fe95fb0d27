import type { Refusal } from "../../engine/refusal";
import { html } from "../framework/html";
import { renderPerson } from "./view";
import { linkTo, type Page, type PageReply, type PageRequest, redirectTo } from "../framework/page";

/** Makes the page where a person ends the session. */
export function makeLogoutPage({ enabled }: { enabled: boolean }): Page {
  return { path: "/logout", enabled, get: showLogout, post: logOut, renewForm };
}

async function showLogout({ visitor }: PageRequest): Promise<PageReply> {
  const session = await visitor.findSession();
  if (session === undefined) {
    const content = html`
      <h1>You are logged out</h1>
      <p class="lead">It is safe to close this window.</p>
      <p><a href="${linkTo("/login")}">Log in again</a></p>
    `;
    return { status: 200, title: "You are logged out", content };
  }
  const content = html`
    <h1>Log out?</h1>
    ${renderPerson(session.person)}
    <form method="post" action="${linkTo("/logout")}">
      ${visitor.renderFormToken()}
      <div class="actions"><button type="submit">Log out</button></div>
    </form>
  `;
  return { status: 200, title: "Log out", content };
}

/** Asks again, or says that the person is logged out already. */
function renewForm(_request: PageRequest, refusal: Refusal): Promise<PageReply> {
  return Promise.resolve({ ...redirectTo("/logout"), refusal });
}

async function logOut({ visitor, exchange }: PageRequest): Promise<PageReply> {
  const session = await visitor.findSession();
  if (session !== undefined) exchange.note.person = session.person.id;
  await visitor.logOut();
  return redirectTo("/logout");
}
