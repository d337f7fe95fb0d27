import { isNativeError } from "node:util/types";
import type { DemoRequest } from "../../contracts/demo";
import { waitForOtherServer } from "../../engine/caller";
import { Unavailable } from "../../engine/refusal";
import { fitsTemplate } from "../../http/path-template";
import type { MountableOperation } from "../../http/operations";
import type { PageRequest } from "../../pages/framework/page";
import type { InnerAnswer, InnerRequest } from "../../server/inner-requests";
import { type Call, listCallees, makeCall } from "./calls";
import { fillMarks, type Mark } from "./demo-request";
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
    if (!isNativeError(error)) throw error;
    return error.name === "AbortError" || error.name === "TimeoutError"
      ? "There was no answer within 30 seconds."
      : "The server closed the connection before the whole answer had come.";
  }
}

/** Whether a demo's request goes to an operation. */
export function isFor({ path, method = "POST" }: DemoRequest, operation: MountableOperation): boolean {
  const [plain = ""] = path.split("?", 1);
  const fits = operation.path === plain || (operation.template !== undefined && fitsTemplate(operation.template, plain.split("/")));
  return fits && method.toLowerCase() === operation.method;
}

/**
 * Sends a request that a demo makes before its own. It comes from the contract's own files and not from a form.
 * @param marks those that it may have
 * @throws Error if it is for no operation of a contract or a service
 */
export async function sendDemoRequest(demoRequest: DemoRequest, marks: readonly Mark[], page: PageRequest, ports: PlaygroundPorts) {
  const found = listCallees(ports).flatMap(({ operations, spec, host }) =>
    operations.filter((operation) => isFor(demoRequest, operation)).map((operation) => makeCall(operation, spec, host)),
  );
  const [call] = found;
  if (call === undefined) throw new Error(`${demoRequest.path} is no operation of a contract or a service`);
  const { answer } = await sendDraft(await fillMarks(toDraft(demoRequest, call), marks), call, page, ports);
  if (typeof answer === "string") throw new Unavailable("database", "timed_out", answer);
  return { status: answer.status, body: readMembers(answer) };
}
