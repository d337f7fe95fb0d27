import { type Html, html } from "../../pages/framework/html";
import type { PageRequest } from "../../pages/framework/page";
import type { InnerAnswer } from "../../server/inner-requests";
import type { Call } from "./calls";
import type { Draft } from "./draft";
import type { PlaygroundPorts } from "./ports";
import { hideSecrets, listSecrets } from "./secrets";
import { sendDraft } from "./send";
import type { TokenContext } from "./token";
import { renderAlert, renderAnswer, renderRequest, renderTokens } from "./view";

/** An exchange, for a page. */
export interface Result {
  /** Undefined if none came. */
  answer: InnerAnswer | undefined;
  content: Html;
}

/**
 * Sends a draft, and renders request, answer and tokens side by side.
 * @param contract where the errors of the answer are listed; undefined for a supporting API
 * @throws DraftError, Unavailable
 */
export async function sendAndRender(
  { call, draft, contract }: { call: Call; draft: Draft; contract?: string | undefined },
  page: PageRequest,
  ports: PlaygroundPorts,
  more: Partial<TokenContext> = {},
): Promise<Result> {
  const { request, answer } = await sendDraft(draft, call, page, ports);
  const shownRequest = renderRequest(hideSecrets(request, listSecrets(draft)));
  if (typeof answer === "string") return { answer: undefined, content: html`${renderAlert("No answer", [answer])}${shownRequest}` };
  // The page may have begun a second ago, before the token was issued.
  const tokens = await renderTokens(answer, { issuer: ports.issuer, now: ports.clock(), ...more }, ports.keys);
  return {
    answer,
    content: html`<div class="columns">${shownRequest} ${renderAnswer(answer, contract)}</div>
      ${tokens}`,
  };
}
