import type { Attempts } from "../../engine/ports/counts";
import { mustStillWait } from "../../engine/caller";
import type { Session } from "../../engine/ports/people";
import type { DeviceCodes } from "../../engine/ports/codes";
import type { ClientRegistry } from "../../engine/ports/clients";
import { invalidRequest, Refusal } from "../../engine/refusal";
import { readUserCode, shownUserCode } from "../../engine/user-code";
import { countAttempt } from "../../limits/counted-attempt";
import { listUserCodeSubjects } from "./limits";
import { approvalPage, type Asked, codePage, codeQuery, decidedPage } from "./view";
import { type Page, type PageReply, type PageRequest, toLogin } from "../framework/page";

export interface DevicePagePorts {
  clients: ClientRegistry;
  deviceCodes: DeviceCodes;
  attempts: Attempts;
  enabled: boolean;
}

/** Where a person types the code of a device, logs in, and decides whether it may act for them (RFC 8628 §3.3). */
export function makeDevicePage(ports: DevicePagePorts): Page {
  return { path: "/device", enabled: ports.enabled, get: show, post: makeProceed(ports), continuation: () => Promise.resolve({}) };
}

/** The code may come with the address (§3.3.1). Nobody looks whether there is such a code before the form is sent. */
function show(request: PageRequest): Promise<PageReply> {
  const userCode = readUserCode(request.query().user_code ?? "");
  return Promise.resolve(codePage(request.visitor, { typed: userCode && shownUserCode(userCode) }));
}

function makeProceed(ports: DevicePagePorts) {
  return async function proceed(request: PageRequest): Promise<PageReply> {
    const { form, visitor, network, now, exchange } = request;
    const { user_code: typed, decision } = form;
    const session = await visitor.session();
    const userCode = readUserCode(typed ?? "");
    if (userCode === undefined) return codePage(visitor, { typed, refusal: new Refusal("invalid_request", "that is no user code") });

    const attempt = await countAttempt(ports.attempts, listUserCodeSubjects(network, session?.person.id), now);
    const asked = await attempt.run(() => askedBy(ports, userCode, request));
    if (asked === undefined) return wrongCode(request);
    await attempt.recordSuccess();

    if (session === undefined) return toLogin("/device", codeQuery(userCode));
    exchange.note.person = session.person.id;
    if (decision === undefined) return approvalPage(visitor, session, asked);
    const approved = isApproval(decision);
    mustStillWait(exchange.caller);
    return (await decide(ports, asked, session, approved, now)) ? decidedPage(approved) : wrongCode(request);
  };
}

/** What the device asks for, while it waits and its client may still ask. */
async function askedBy({ deviceCodes, clients }: DevicePagePorts, userCode: string, request: PageRequest): Promise<Asked | undefined> {
  const pending = await deviceCodes.pending(userCode, request.now);
  if (pending === undefined) return undefined;
  const client = await clients.byId(pending.clientId);
  if (client?.status !== "active") return undefined;
  request.exchange.note.client = client.id;
  return { userCode, clientName: client.name, scope: pending.scope };
}

function decide({ deviceCodes }: DevicePagePorts, asked: Asked, session: Session, approved: boolean, now: number): Promise<boolean> {
  const { person, authenticatedAt } = session;
  const decision = { approved, personId: person.id, authTime: Math.floor(authenticatedAt / 1000), scope: asked.scope };
  return deviceCodes.decide(asked.userCode, decision, now);
}

/** One answer for a code that never was, that has expired, and that somebody has decided on. */
function wrongCode({ visitor, form }: PageRequest): PageReply {
  return codePage(visitor, { typed: form.user_code, refusal: new Refusal("invalid_grant", "no device waits under this user code") });
}

function isApproval(decision: string): boolean {
  if (decision === "approve" || decision === "deny") return decision === "approve";
  throw invalidRequest("neither approved nor denied", {
    in: "body",
    path: ["decision"],
    rule: "enum",
    message: "Choose to allow or to deny",
  });
}
