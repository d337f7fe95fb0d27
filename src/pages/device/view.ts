import type { BrowserSession } from "../../engine/ports/people";
import type { Refusal } from "../../engine/refusal";
import { formatUserCode } from "../../engine/user-code";
import { type Html, html } from "../framework/html";
import { renderPerson } from "../login/view";
import { type HtmlReply, linkTo, linkToLogin } from "../framework/page";
import { renderScopeList } from "../framework/scope-list";
import type { Visitor } from "../framework/visitor";

/** What the code's field is filled in with, and why the last code was refused. */
export interface CodeForm {
  /** The code of the address, as the device shows it, or what the person typed. */
  typed?: string | undefined;
  refusal?: Refusal;
}

/** Renders the form that asks for the code on the device. */
export function renderCodePage(visitor: Visitor, { typed, refusal }: CodeForm): HtmlReply {
  const isFilledIn = typed !== undefined && refusal === undefined;
  const alert = html`<div class="alert" role="alert" id="error"><p>This code is wrong, or it is no longer good.</p></div>`;
  return {
    status: refusal === undefined ? 200 : 400,
    title: refusal === undefined ? "Connect a device" : "Error: Connect a device",
    content: html`
      <h1>Connect a device</h1>
      <p class="lead">${isFilledIn ? "Go on only if your device shows this very code." : "Enter the code that your device shows."}</p>
      ${refusal === undefined ? undefined : alert}
      <form method="post" action="${linkTo("/device")}">
        ${visitor.renderFormToken()}
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

/** What a device asks a person to approve. */
export interface DeviceRequest {
  userCode: string;
  clientName: string;
  scope: readonly string[];
}

/** Renders the request and its code: a person must not approve another person's device (RFC 8628 §5.4). */
export function renderApprovalPage(visitor: Visitor, session: BrowserSession, { userCode, clientName, scope }: DeviceRequest): HtmlReply {
  return {
    status: 200,
    title: "Allow this device?",
    content: html`
      <h1>Allow this device?</h1>
      <p class="lead">
        <bdi>${clientName}</bdi> wants to act for you on the device that shows the code <code>${formatUserCode(userCode)}</code>.
      </p>
      ${renderPerson(session.person)}
      <p class="soft">Not you? <a href="${linkToLogin("/device", makeCodeQuery(userCode))}">Use another account</a></p>
      ${scope.length === 0 ? undefined : renderScope(scope)}
      <p>Allow it only if you have the device in front of you, and started this on it yourself.</p>
      <form method="post" action="${linkTo("/device")}">
        ${visitor.renderFormToken()}
        <input type="hidden" name="user_code" value="${formatUserCode(userCode)}" />
        <div class="actions">
          <button type="submit" name="decision" value="approve">Allow</button>
          <button type="submit" class="quiet" name="decision" value="deny">Deny</button>
        </div>
      </form>
    `,
  };
}

/** Makes the query with which this page fills the code into its form (RFC 8628 §3.3.1). */
export function makeCodeQuery(userCode: string): string {
  return new URLSearchParams({ user_code: formatUserCode(userCode) }).toString();
}

function renderScope(scope: readonly string[]): Html {
  return html`<h2>It wants to</h2>
    ${renderScopeList(scope)}`;
}

/** Renders the page that ends the flow. */
export function renderDecidedPage(approved: boolean): HtmlReply {
  const title = approved ? "Your device is connected" : "The device was denied";
  const text = approved
    ? "Go back to your device: it continues by itself in a few seconds. You can close this window."
    : "The device cannot act for you. You can close this window.";
  return {
    status: 200,
    title,
    content: html`<h1>${title}</h1>
      <p class="lead">${text}</p>`,
  };
}
