import type { DemoRequest } from "../../contracts/demo";
import { waitForOtherServer } from "../../engine/caller";
import { Unavailable } from "../../engine/refusal";
import { fitsTemplate } from "../../http/path-template";
import { listOperations } from "../../http/operations";
import type { PageRequest } from "../../pages/framework/page";
import type { InnerAnswer, InnerRequest } from "../../server/inner-requests";
import type { Call } from "./calls";
import { type Draft, makeRequest, toDraft } from "./draft";
import type { PlaygroundPorts } from "./ports";
import { readMembers } from "./view";

/** A request that was sent for a page, and what came back. */
export interface SentRequest {
  request: InnerRequest;
  /** A sentence if there was no answer. */
  answer: InnerAnswer | string;
}

/**
 * Sends a draft for the caller of a page. Meanwhile the page has no place among the requests in progress: the inner request has.
 * @throws DraftError
 */
export async function sendDraft(draft: Draft, call: Call, page: PageRequest, { issuer, inner }: PlaygroundPorts): Promise<SentRequest> {
  const request = makeRequest(draft, call, new URL(issuer).host);
  return { request, answer: await waitForOtherServer(page.exchange.caller, () => sendAndCatch(request, page, inner)) };
}

async function sendAndCatch(request: InnerRequest, { peer }: PageRequest, inner: PlaygroundPorts["inner"]): Promise<InnerAnswer | string> {
  try {
    return await inner.send(request, peer);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.name === "AbortError" || error.name === "TimeoutError"
      ? "There was no answer within 30 seconds."
      : "The server closed the connection before the whole answer had come.";
  }
}

/**
 * Sends the first request of a demo, which comes from the contract's own files and not from a form.
 * @throws Error if it is for no operation of a contract or a service
 */
export async function sendDemoRequest(demoRequest: DemoRequest, page: PageRequest, ports: PlaygroundPorts) {
  const [path = ""] = demoRequest.path.split("?", 1);
  const specs = [...ports.all, ...ports.services].map(({ spec }) => spec);
  const operation = specs
    .flatMap(listOperations)
    .find((each) => each.path === path || (each.template !== undefined && fitsTemplate(each.template, path.split("/"))));
  if (operation === undefined) throw new Error(`${path} is no operation of a contract or a service`);
  const call = { operation, host: undefined, headers: [], basic: false };
  const { answer } = await sendDraft(toDraft(demoRequest, call), call, page, ports);
  if (typeof answer === "string") throw new Unavailable("database", "timed_out", answer);
  return { status: answer.status, body: readMembers(answer) };
}
