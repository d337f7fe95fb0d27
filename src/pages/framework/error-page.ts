import type { Refusal, RefusalCode } from "../../engine/refusal";
import { type Html, html } from "./html";
import type { HtmlReply } from "./page";

interface ErrorExplanation {
  status: number;
  title: string;
  /** What happened and what to do, for a reader who does not know the protocols. */
  text: string;
}

const wrongLink: ErrorExplanation = {
  status: 400,
  title: "This link does not work",
  text: "Something is wrong with the address or the form that brought you here. Go back to where you came from and try again.",
};
const unavailable: ErrorExplanation = {
  status: 503,
  title: "We cannot answer right now",
  text: "The problem is on our side, and nothing was lost. Please try again in a few seconds.",
};

const explanations: Readonly<Record<RefusalCode, ErrorExplanation>> = {
  invalid_request: wrongLink,
  malformed_request: wrongLink,
  unsupported_grant_type: wrongLink,
  invalid_client: wrongLink,
  client_disabled: wrongLink,
  unauthorized_client: wrongLink,
  invalid_scope: wrongLink,
  invalid_grant: wrongLink,
  authorization_pending: wrongLink,
  slow_down: wrongLink,
  expired_token: wrongLink,
  locked: wrongLink,
  subject_not_found: wrongLink,
  not_acceptable: wrongLink,
  access_denied: {
    status: 403,
    title: "That did not come from our page",
    text: "We could not be sure that you sent this form yourself. Go back, reload the page and try again. Cookies must be allowed.",
  },
  not_found: { status: 404, title: "There is no such page", text: "Check the address, or go back to where you came from." },
  method_not_allowed: { status: 405, title: "This page cannot do that", text: "Go back to where you came from and try again." },
  payload_too_large: {
    status: 413,
    title: "That was too much",
    text: "The form was larger than this page accepts. Go back and try again.",
  },
  unsupported_media_type: { status: 415, title: "This page cannot read that", text: "It accepts only its own forms." },
  throttled: { status: 429, title: "Please wait a moment", text: "There were too many attempts." },
  outside_hours: unavailable,
  not_ready: { ...unavailable, text: "We are just starting. Please try again in a few seconds." },
  server_error: {
    status: 500,
    title: "Something went wrong",
    text: "The mistake is ours, not yours. Please try again. If it happens again, tell the operator of this server the number below.",
  },
  dependency_unreachable: unavailable,
  dependency_timeout: unavailable,
};

/**
 * Renders the page for a refused request. It shows those problems of the refusal that are meant for the caller.
 * @param correlationId leads to the details in the log
 */
export function renderErrorPage(refusal: Refusal, correlationId: string): HtmlReply {
  const { status, title, text } = explanations[refusal.code];
  const retryAfter = refusal.retryAfterSeconds ?? (status === 429 || status === 503 ? 1 : undefined);
  return {
    status,
    title,
    content: html`
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      ${refusal.code === "throttled" ? renderWait(refusal.retryAfterSeconds ?? 1) : undefined} ${renderProblems(refusal)}
      <p class="soft">Reference: <code>${correlationId}</code></p>
    `,
    headers: {
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
      ...(refusal.allow.length === 0 ? {} : { Allow: refusal.allow.join(", ") }),
    },
    refusal,
  };
}

function renderWait(seconds: number): Html {
  const minutes = Math.ceil(seconds / 60);
  return html`<p>You can try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.</p>`;
}

function renderProblems({ problems }: Refusal): Html | undefined {
  if (problems.length === 0) return undefined;
  return html`<div class="alert">${problems.map(({ message }) => html`<p>${message}.</p>`)}</div>`;
}
