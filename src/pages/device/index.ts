import type { Attempts } from "../../engine/ports/counts";
import { mustStillWait } from "../../engine/caller";
import type { BrowserSession } from "../../engine/ports/people";
import type { DeviceCodes } from "../../engine/ports/codes";
import type { ClientRegistry } from "../../engine/ports/clients";
import { invalidRequest, Refusal } from "../../engine/refusal";
import { readUserCode, formatUserCode } from "../../engine/user-code";
import { countAttempt } from "../../limits/counted-attempt";
import { listUserCodeSubjects } from "./limits";
import { type DeviceRequest, makeCodeQuery, renderApprovalPage, renderCodePage, renderDecidedPage } from "./view";
import { type Page, type PageReply, type PageRequest, redirectTo, redirectToLogin } from "../framework/page";

export interface DevicePagePorts {
  clients: ClientRegistry;
  deviceCodes: DeviceCodes;
  attempts: Attempts;
  enabled: boolean;
}

/** Makes the page where a person types the code of a device, logs in and decides on its request (RFC 8628 §3.3). */
export function makeDevicePage(ports: DevicePagePorts): Page {
  return {
    path: "/device",
    enabled: ports.enabled,
    get: showCodeForm,
    post: makeFormHandler(ports),
    renewForm,
    describeLogin: () => Promise.resolve({}),
  };
}

/** Leads back to the code, which the form has, so that the person need not type it again. */
function renewForm({ form }: PageRequest, refusal: Refusal): Promise<PageReply> {
  const userCode = readUserCode(form.user_code ?? "");
  return Promise.resolve({ ...redirectTo("/device", userCode === undefined ? {} : { user_code: formatUserCode(userCode) }), refusal });
}

/** The code may come with the address (RFC 8628 §3.3.1). Only a form makes the server look it up. */
function showCodeForm(request: PageRequest): Promise<PageReply> {
  const userCode = readUserCode(request.query("user_code") ?? "");
  return Promise.resolve(renderCodePage(request.visitor, { typed: userCode && formatUserCode(userCode) }));
}

function makeFormHandler(ports: DevicePagePorts) {
  return async function handleForm(request: PageRequest): Promise<PageReply> {
    const { form, visitor, network, now, exchange } = request;
    const { user_code: typed, decision } = form;
    const session = await visitor.findSession();
    const userCode = readUserCode(typed ?? "");
    if (userCode === undefined)
      return renderCodePage(visitor, { typed, refusal: new Refusal("invalid_request", "the text is not a user code") });

    const attempt = await countAttempt(ports.attempts, listUserCodeSubjects(network, session?.person.id), now);
    const deviceRequest = await attempt.run(() => findDeviceRequest(ports, userCode, request));
    if (deviceRequest === undefined) return renderWrongCode(request);
    await attempt.recordSuccess();

    if (session === undefined) return redirectToLogin("/device", makeCodeQuery(userCode));
    exchange.note.person = session.person.id;
    if (decision === undefined) return renderApprovalPage(visitor, session, deviceRequest);
    const approved = isApproval(decision);
    mustStillWait(exchange.caller);
    return (await recordDecision(ports, deviceRequest, session, approved, now)) ? renderDecidedPage(approved) : renderWrongCode(request);
  };
}

/** @returns what the device asks for; undefined unless it is waiting under this code and its client is active */
async function findDeviceRequest(
  { deviceCodes, clients }: DevicePagePorts,
  userCode: string,
  request: PageRequest,
): Promise<DeviceRequest | undefined> {
  const pending = await deviceCodes.findPending(userCode, request.now);
  if (pending === undefined) return undefined;
  const client = await clients.findById(pending.clientId);
  if (client?.status !== "active") return undefined;
  request.exchange.note.client = client.id;
  return { userCode, clientName: client.name, scope: pending.scope };
}

function recordDecision(
  { deviceCodes }: DevicePagePorts,
  deviceRequest: DeviceRequest,
  session: BrowserSession,
  approved: boolean,
  now: number,
): Promise<boolean> {
  const { digest, person, authenticatedAt } = session;
  const decision = {
    approved,
    personId: person.id,
    session: digest,
    authTime: Math.floor(authenticatedAt / 1000),
    scope: deviceRequest.scope,
  };
  return deviceCodes.decide(deviceRequest.userCode, decision, now);
}

/** One answer for a code that does not exist, has expired or has been decided on. */
function renderWrongCode({ visitor, form }: PageRequest): PageReply {
  return renderCodePage(visitor, {
    typed: form.user_code,
    refusal: new Refusal("invalid_grant", "no device is waiting under this user code"),
  });
}

function isApproval(decision: string): boolean {
  if (decision === "approve" || decision === "deny") return decision === "approve";
  throw invalidRequest("the decision is neither to approve nor to deny", {
    in: "body",
    path: ["decision"],
    rule: "enum",
    message: "Choose to allow or to deny",
  });
}
