import { html } from "../framework/html";
import { who } from "./view";
import { local, type Page, type PageReply, type PageRequest, seeOther } from "../framework/page";

/** Where people end their session. */
export function makeLogout({ enabled }: { enabled: boolean }): Page {
  return { path: "/logout", enabled, get: show, post: logOut };
}

async function show({ visitor }: PageRequest): Promise<PageReply> {
  const session = await visitor.session();
  if (session === undefined) {
    const content = html`
      <h1>You are logged out</h1>
      <p class="lead">It is safe to close this window.</p>
      <p><a href="${local("/login")}">Log in again</a></p>
    `;
    return { status: 200, title: "You are logged out", content };
  }
  const content = html`
    <h1>Log out?</h1>
    ${who(session.person)}
    <form method="post" action="${local("/logout")}">
      ${visitor.formToken()}
      <div class="actions"><button type="submit">Log out</button></div>
    </form>
  `;
  return { status: 200, title: "Log out", content };
}

async function logOut({ visitor, exchange }: PageRequest): Promise<PageReply> {
  const session = await visitor.session();
  if (session !== undefined) exchange.note.person = session.person.id;
  await visitor.logOut();
  return seeOther("/logout");
}
