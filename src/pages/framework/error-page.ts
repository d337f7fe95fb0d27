import type { Refusal, RefusalCode } from "../../engine/refusal";
import { type Html, html } from "./html";
import type { Rendered } from "./page";

interface Explanation {
  status: number;
  title: string;
  /** What happened and what to do, in words for somebody who knows nothing of protocols. */
  text: string;
}

const wrongLink: Explanation = {
  status: 400,
  title: "This link does not work",
  text: "Something is wrong with the address or the form that brought you here. Go back to where you came from and try again.",
};
const away: Explanation = {
  status: 503,
  title: "We cannot answer right now",
  text: "This is our trouble, not yours, and nothing was lost. Please try again in a few seconds.",
};

const explanations: Readonly<Record<RefusalCode, Explanation>> = {
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
  payload_too_large: { status: 413, title: "That was too much", text: "More was sent than this page takes. Go back and try again." },
  unsupported_media_type: { status: 415, title: "This page cannot read that", text: "It takes only what its own forms send." },
  throttled: { status: 429, title: "Please wait a moment", text: "There were too many tries." },
  outside_hours: away,
  not_ready: { ...away, text: "We are just starting. Please try again in a few seconds." },
  server_error: {
    status: 500,
    title: "Something went wrong",
    text: "This is our mistake, not yours. Please try again; if it stays, tell whoever runs this server, and give them the number below.",
  },
  dependency_unreachable: away,
  dependency_timeout: away,
};

/**
 * The page for a request that ends with nothing. Says what was wrong as far as the refusal has words for the caller.
 * @param correlationId under which the log tells the rest
 */
export function refused(refusal: Refusal, correlationId: string): Rendered {
  const { status, title, text } = explanations[refusal.code];
  const retryAfter = refusal.retryAfterSeconds ?? (status === 429 || status === 503 ? 1 : undefined);
  return {
    status,
    title,
    content: html`
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      ${refusal.code === "throttled" ? waiting(refusal.retryAfterSeconds ?? 1) : undefined} ${problemsOf(refusal)}
      <p class="soft">Reference: <code>${correlationId}</code></p>
    `,
    headers: {
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
      ...(refusal.allow.length === 0 ? {} : { Allow: refusal.allow.join(", ") }),
    },
    refusal,
  };
}

function waiting(seconds: number): Html {
  const minutes = Math.ceil(seconds / 60);
  return html`<p>You can try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.</p>`;
}

function problemsOf({ problems }: Refusal): Html | undefined {
  if (problems.length === 0) return undefined;
  return html`<div class="alert">${problems.map(({ message }) => html`<p>${message}.</p>`)}</div>`;
}
