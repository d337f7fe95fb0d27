import type { Session } from "../../engine/ports/people";
import type { Refusal } from "../../engine/refusal";
import { shownUserCode } from "../../engine/user-code";
import { type Html, html } from "../framework/html";
import { who } from "../login/view";
import { local, type Rendered, toLogin } from "../framework/page";
import { scopeWords } from "../framework/scope-list";
import type { Visitor } from "../framework/visitor";

/** What the code's field holds, and what was wrong with it the last time. */
export interface CodeForm {
  /** As it is shown, or as somebody typed it. */
  typed?: string | undefined;
  refusal?: Refusal;
}

/** The form that asks for the code on the device. */
export function codePage(visitor: Visitor, { typed, refusal }: CodeForm): Rendered {
  const isFilledIn = typed !== undefined && refusal === undefined;
  const alert = html`<div class="alert" role="alert" id="error"><p>This code is wrong, or it is no longer good.</p></div>`;
  return {
    status: refusal === undefined ? 200 : 400,
    title: refusal === undefined ? "Connect a device" : "Error: Connect a device",
    content: html`
      <h1>Connect a device</h1>
      <p class="lead">${isFilledIn ? "Go on only if your device shows this very code." : "Enter the code that your device shows."}</p>
      ${refusal === undefined ? undefined : alert}
      <form method="post" action="${local("/device")}">
        ${visitor.formToken()}
        <label for="user_code">Code</label>
        <span class="hint" id="hint">Eight letters, such as WDJB-MJHT.</span>
        <input
          id="user_code"
          name="user_code"
          class="code"
          value="${typed}"
          maxlength="40"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
          required
          ${refusal === undefined ? html`aria-describedby="hint"` : html`aria-invalid="true" aria-describedby="error hint"`}
        />
        <div class="actions"><button type="submit">Continue</button></div>
      </form>
    `,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** What somebody decides on. */
export interface Asked {
  userCode: string;
  clientName: string;
  scope: readonly string[];
}

/** Who asks for what, and the code again, so that nobody approves somebody else's device (RFC 8628 §5.4). */
export function approvalPage(visitor: Visitor, session: Session, { userCode, clientName, scope }: Asked): Rendered {
  return {
    status: 200,
    title: "Allow this device?",
    content: html`
      <h1>Allow this device?</h1>
      <p class="lead">
        <bdi>${clientName}</bdi> wants to act for you on the device that shows the code <code>${shownUserCode(userCode)}</code>.
      </p>
      ${who(session.person)}
      <p class="soft">Not you? <a href="${toLogin("/device", codeQuery(userCode)).location}">Use another account</a></p>
      ${scope.length === 0 ? undefined : wanted(scope)}
      <p>Allow it only if you have the device in front of you, and started this on it yourself.</p>
      <form method="post" action="${local("/device")}">
        ${visitor.formToken()}
        <input type="hidden" name="user_code" value="${shownUserCode(userCode)}" />
        <div class="actions">
          <button type="submit" name="decision" value="approve">Allow</button>
          <button type="submit" class="quiet" name="decision" value="deny">Deny</button>
        </div>
      </form>
    `,
  };
}

/** The query of this page under which its form holds the code (RFC 8628 §3.3.1). */
export function codeQuery(userCode: string): string {
  return new URLSearchParams({ user_code: shownUserCode(userCode) }).toString();
}

function wanted(scope: readonly string[]): Html {
  return html`<h2>It wants to</h2>
    ${scopeWords(scope)}`;
}

/** The end of the way. */
export function decidedPage(approved: boolean): Rendered {
  const title = approved ? "Your device is connected" : "The device was denied";
  const text = approved
    ? "Go back to your device: it goes on by itself in a few seconds. You can close this window."
    : "The device cannot act for you. You can close this window.";
  return {
    status: 200,
    title,
    content: html`<h1>${title}</h1>
      <p class="lead">${text}</p>`,
  };
}
