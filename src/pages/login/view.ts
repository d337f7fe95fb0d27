import type { BrowserSession } from "../../engine/ports/people";
import type { Refusal } from "../../engine/refusal";
import type { Destination } from "../framework/return-to";
import { type Html, html } from "../framework/html";
import { type HtmlReply, linkTo } from "../framework/page";
import type { Visitor } from "../framework/visitor";

/** What the login form is filled in with, and why the last attempt failed. */
export interface LoginForm {
  email?: string | undefined;
  missing?: { email: boolean; password: boolean };
  /** The form that was sent was made for another session, or the browser keeps no cookies. */
  isOutdated?: true;
  refusal?: Refusal;
}

/** Renders the login form. */
export function renderLoginPage(visitor: Visitor, destination: Destination | undefined, form: LoginForm): HtmlReply {
  const { clientName, formAction = [] } = destination?.loginContext ?? {};
  const { refusal } = form;
  return {
    status: refusal === undefined ? 200 : refusal.code === "access_denied" ? 403 : 400,
    title: refusal === undefined ? "Log in" : "Error: Log in",
    content: html`
      <h1>Log in</h1>
      ${clientName === undefined ? undefined : html`<p class="lead">to continue to <bdi>${clientName}</bdi></p>`}
      ${refusal === undefined ? undefined : renderAlert(describeError(form))}
      <form method="post" action="${linkTo("/login")}">
        ${visitor.renderFormToken()}
        ${destination === undefined ? undefined : html`<input type="hidden" name="continue" value="${destination.target}" />`}
        ${renderEmailField(form)} ${renderPasswordField(form)}
        <div class="actions"><button type="submit">Log in</button></div>
      </form>
    `,
    formAction,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** An unknown address and a wrong password get the same sentence, so that it does not tell which addresses have an account. */
function describeError({ missing, isOutdated, refusal }: LoginForm): string {
  if (isOutdated === true) return "This form was out of date. Enter your password again. If this repeats, allow cookies for this site.";
  if (refusal?.code === "access_denied") return "This account is disabled.";
  if (missing === undefined) return "The email address or the password is wrong.";
  const { email, password } = missing;
  return `Enter your ${[email ? "email address" : "", password ? "password" : ""].filter((each) => each !== "").join(" and your ")}.`;
}

function renderAlert(text: string): Html {
  return html`<div class="alert" role="alert" id="error"><p>${text}</p></div>`;
}

const invalid = html`aria-invalid="true" aria-describedby="error"`;

function renderEmailField({ email, missing, isOutdated, refusal }: LoginForm): Html {
  const isWrong = refusal !== undefined && isOutdated !== true && missing?.email !== false;
  return html`
    <label for="email">Email address</label>
    <input
      id="email"
      name="email"
      type="email"
      value="${email}"
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      required
      ${isWrong ? invalid : undefined}
    />
  `;
}

function renderPasswordField({ missing, isOutdated, refusal }: LoginForm): Html {
  const isWrong = refusal !== undefined && isOutdated !== true && missing?.password !== false;
  return html`
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required ${isWrong ? invalid : undefined} />
  `;
}

/** Renders the page for a person who is logged in and has no page to continue to. */
export function renderLoggedInPage({ person }: BrowserSession, visitor: Visitor): HtmlReply {
  return {
    status: 200,
    title: "You are logged in",
    content: html`
      <h1>You are logged in</h1>
      ${renderPerson(person)}
      <form method="post" action="${linkTo("/logout")}">
        ${visitor.renderFormToken()}
        <div class="actions"><button type="submit" class="quiet">Log out</button></div>
      </form>
    `,
  };
}

/** Renders the name and the email address of the person who is logged in. */
export function renderPerson({ firstName, lastName, email }: BrowserSession["person"]): Html {
  return html`<p class="who">
    <b><bdi>${firstName} ${lastName}</bdi></b
    ><span>${email}</span>
  </p>`;
}
