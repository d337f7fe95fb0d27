import type { Session } from "../../engine/ports/people";
import type { Refusal } from "../../engine/refusal";
import type { Destination } from "../framework/return-to";
import { type Html, html } from "../framework/html";
import { local, type Rendered } from "../framework/page";
import type { Visitor } from "../framework/visitor";

/** What the form is filled in with, and what was wrong with it the last time. */
export interface LoginForm {
  email?: string | undefined;
  missing?: { email: boolean; password: boolean };
  refusal?: Refusal;
}

/** The form that asks who somebody is. */
export function loginPage(visitor: Visitor, destination: Destination | undefined, form: LoginForm): Rendered {
  const { clientName, formAction = [] } = destination?.continuation ?? {};
  const { refusal } = form;
  const forbidden = refusal?.code === "access_denied";
  return {
    status: refusal === undefined ? 200 : forbidden ? 403 : 400,
    title: refusal === undefined ? "Log in" : "Error: Log in",
    content: html`
      <h1>Log in</h1>
      ${clientName === undefined ? undefined : html`<p class="lead">to continue to <bdi>${clientName}</bdi></p>`}
      ${refusal === undefined ? undefined : alert(whatIsWrong(form))}
      <form method="post" action="${local("/login")}">
        ${visitor.formToken()}
        ${destination === undefined ? undefined : html`<input type="hidden" name="continue" value="${destination.target}" />`}
        ${emailField(form)} ${passwordField(form)}
        <div class="actions"><button type="submit">Log in</button></div>
      </form>
    `,
    formAction,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** The same for an address that nobody has and for a wrong password, so that nobody learns who has an account. */
function whatIsWrong({ missing, refusal }: LoginForm): string {
  if (refusal?.code === "access_denied") return "This account is disabled.";
  if (missing === undefined) return "The email address or the password is wrong.";
  const { email, password } = missing;
  return `Enter your ${[email ? "email address" : "", password ? "password" : ""].filter((each) => each !== "").join(" and your ")}.`;
}

function alert(text: string): Html {
  return html`<div class="alert" role="alert" id="error"><p>${text}</p></div>`;
}

const invalid = html`aria-invalid="true" aria-describedby="error"`;

function emailField({ email, missing, refusal }: LoginForm): Html {
  const isWrong = refusal !== undefined && missing?.email !== false;
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

function passwordField({ missing, refusal }: LoginForm): Html {
  const isWrong = refusal !== undefined && missing?.password !== false;
  return html`
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required ${isWrong ? invalid : undefined} />
  `;
}

/** For somebody who logged in without being on the way anywhere. */
export function loggedInPage({ person }: Session, visitor: Visitor): Rendered {
  return {
    status: 200,
    title: "You are logged in",
    content: html`
      <h1>You are logged in</h1>
      ${who(person)}
      <form method="post" action="${local("/logout")}">
        ${visitor.formToken()}
        <div class="actions"><button type="submit" class="quiet">Log out</button></div>
      </form>
    `,
  };
}

/** Name and address of whoever is logged in. */
export function who({ firstName, lastName, email }: Session["person"]): Html {
  return html`<p class="who">
    <b><bdi>${firstName} ${lastName}</bdi></b
    ><span>${email}</span>
  </p>`;
}
