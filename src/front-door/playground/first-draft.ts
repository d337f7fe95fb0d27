import { randomBytes } from "node:crypto";
import { callbackPath, toOwnRedirectUri } from "../../contracts/demo";
import type { PageRequest } from "../../pages/framework/page";
import type { Call, Callee } from "./calls";
import { makeCode, makeMarkedRequest, type Mark } from "./demo-request";
import { type Draft, DraftError, toDraft } from "./draft";
import { type FlowContract, listFlowContracts, makeFlowDraft } from "./flows";
import type { PlaygroundPorts } from "./ports";
import { isFor, sendDemoRequest, sendDraft } from "./send";
import { makeStepRequest, type Step } from "./steps";
import { readMembers } from "./view";

/** What a form shows first. */
export interface FirstDraft {
  draft: Draft;
  marks: readonly Mark[];
}

/**
 * Makes the draft that a form shows first: in a demonstration, a request that is granted.
 * @throws Unavailable
 */
export async function makeFirstDraft({ contract }: Callee, call: Call, page: PageRequest, ports: PlaygroundPorts): Promise<FirstDraft> {
  const demos = contract === undefined ? ports.all : [contract];
  for (const each of demos) {
    const marked = await makeMarkedRequest(each, ports, (request, marks) => sendDemoRequest(request, marks, page, ports), page.now);
    const request = marked && [marked.request, ...marked.before].find((one) => isFor(one, call.operation));
    if (request !== undefined) return keepMarks(toDraft(request, call), marked?.marks ?? []);
  }
  return makeServiceDraft(call, page, ports) ?? { draft: call.example === undefined ? {} : { body: call.example }, marks: [] };
}

/** Omits the marks that the draft does not have. */
function keepMarks(draft: Draft, marks: readonly Mark[]): FirstDraft {
  return { draft, marks: marks.filter(({ text }) => Object.values(draft).some((value) => value?.includes(text))) };
}

/** Operations for which a token of the demo's person is made. */
const steps: Readonly<Partial<Record<string, Step>>> = { introspectToken: "introspect", revokeToken: "revoke", readUserInfo: "userinfo" };

/** @returns undefined without a demonstration, and for an operation that none of its clients can call as a matter of course */
function makeServiceDraft(call: Call, page: PageRequest, ports: PlaygroundPorts): FirstDraft | undefined {
  const { id } = call.operation;
  const step = steps[id];
  const grant = step !== undefined ? "authorization_code" : id === "authorizeDevice" ? "device_code" : undefined;
  const flow = grant && listFlowContracts(grant, ports).find(({ client }) => client !== undefined);
  if (flow?.client === undefined) return undefined;
  const client = { clientId: flow.client.id, secret: ports.demo?.secrets[flow.client.id] ?? "", assertion: "" };
  if (step === undefined) {
    return { draft: makeFlowDraft(call, { scope: flow.client.scopes.join(" ") }, client, flow.contract.policy.authMethods), marks: [] };
  }
  const mark = { text: "{access_token}", make: () => makePersonToken(flow, client, page, ports) };
  return { draft: makeStepRequest(step, { access_token: mark.text }, flow, client, ports).draft, marks: [mark] };
}

/** Gets an access token of the demo's person, as if the person had just logged in and agreed. @throws DraftError, Refusal, Unavailable */
async function makePersonToken(
  { contract, call, client: registered }: FlowContract,
  client: Parameters<typeof makeFlowDraft>[2],
  page: PageRequest,
  ports: PlaygroundPorts,
): Promise<string> {
  const redirectUri = toOwnRedirectUri(callbackPath, ports.issuer);
  const codeVerifier = randomBytes(32).toString("base64url");
  const wish = { clientId: client.clientId, redirectUri, scope: registered?.scopes.join(" ") ?? "", codeVerifier };
  const code = await makeCode(ports, wish, page.now);
  const fields = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: codeVerifier };
  const { answer } = await sendDraft(makeFlowDraft(call, fields, client, contract.policy.authMethods), call, page, ports);
  const token = typeof answer === "string" ? undefined : readMembers(answer).access_token;
  if (typeof token !== "string") throw new DraftError(`{access_token} could not be made: ${call.operation.path} gave none.`);
  return token;
}
