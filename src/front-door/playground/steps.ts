import { Refusal } from "../../engine/refusal";
import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import type { Visitor } from "../../pages/framework/visitor";
import type { InnerAnswer } from "../../server/inner-requests";
import { type Call, findServiceCall, type ServiceCall } from "./calls";
import type { Draft } from "./draft";
import { type FlowClient, type FlowContract, makeFlowDraft, renderCredentialFields, renderHidden } from "./flows";
import type { PlaygroundPorts } from "./ports";
import { readMembers } from "./view";

const heldNames = ["access_token", "refresh_token", "spent_refresh_token", "id_token", "nonce"] as const;

/** What an application holds after a flow, as the hidden fields of a form. */
export type HeldTokens = Readonly<Partial<Record<(typeof heldNames)[number], string>>>;

export function readHeldTokens(form: Readonly<Record<string, string>>): HeldTokens {
  return Object.fromEntries(heldNames.flatMap((name) => (form[name] === undefined ? [] : [[name, form[name]]])));
}

/** Adds the tokens of an answer, which take the place of those before. */
export function addTokens(held: HeldTokens, members: Readonly<Record<string, unknown>>): HeldTokens {
  const fresh = heldNames.flatMap((name) => (typeof members[name] === "string" ? [[name, members[name]] as const] : []));
  return { ...held, ...Object.fromEntries(fresh) };
}

/** What can be done with tokens. */
const steps = {
  refresh: { button: "Refresh", title: "Refreshed", needs: "refresh_token" },
  reuse: { button: "Send the refresh token before again", title: "A refresh token, used again", needs: "spent_refresh_token" },
  userinfo: { button: "Call /userinfo", title: "What /userinfo answers", needs: "access_token" },
  introspect: { button: "Introspect the access token", title: "What introspection answers", needs: "access_token" },
  "introspect-refresh": { button: "Introspect the refresh token", title: "What introspection answers", needs: "refresh_token" },
  revoke: { button: "Revoke the access token", title: "Revocation of the access token", needs: "access_token" },
  "revoke-refresh": { button: "Revoke the refresh token", title: "Revocation of the refresh token", needs: "refresh_token" },
} as const;

export type Step = keyof typeof steps;

export function titleOf(step: Step): string {
  return steps[step].title;
}

/** @throws Refusal `not_found` */
export function readStep(form: Readonly<Record<string, string>>): Step {
  const step = (Object.keys(steps) as Step[]).find((each) => each === form.step);
  if (step === undefined) throw new Refusal("not_found", "there is no such step");
  return step;
}

/** Says what a step has done to the refresh tokens of a login: its family (RFC 9700 §4.14.2). */
export function followStep(step: Step, held: HeldTokens, answer: InnerAnswer | undefined): { after: HeldTokens; sentences: string[] } {
  const isGood = answer !== undefined && answer.status < 300;
  if (step === "refresh" && isGood) {
    const { refresh_token: spent } = held;
    return { after: { ...addTokens(held, readMembers(answer)), ...(spent && { spent_refresh_token: spent }) }, sentences: [words.rotated] };
  }
  if (step === "reuse" && isGood) return { after: addTokens(held, readMembers(answer)), sentences: [words.grace] };
  if (step === "reuse" && answer?.refusal?.code === "invalid_grant") return { after: held, sentences: [words.reused] };
  if (step === "revoke-refresh" && isGood) return { after: held, sentences: [words.ended] };
  return { after: held, sentences: [] };
}

const words = {
  rotated: "The refresh token was used up, and its successor came with the answer. All that follow from one login are a family.",
  grace:
    "The token was used up, but its successor is unused and only seconds old, so the answer may have been lost: the same successor comes again.",
  reused:
    "A refresh token works once. This one was presented again, so either the client or a thief has an old one: the server has revoked the whole family, and the application must begin again.",
  ended: "A refresh token stands for its family: no refresh token of this login works any more.",
};

/** A request of a step, ready to be sent. */
export interface StepRequest {
  call: Call;
  draft: Draft;
}

/** @throws Refusal `not_found` if the service of the step is switched off, or the token that it needs is missing */
export function makeStepRequest(step: Step, held: HeldTokens, flow: FlowContract, client: FlowClient, ports: PlaygroundPorts): StepRequest {
  const token = held[steps[step].needs];
  if (token === undefined) throw new Refusal("not_found", "the token of the step is missing");
  const { authMethods } = flow.contract.policy;
  if (step === "refresh" || step === "reuse") {
    return { call: flow.call, draft: makeFlowDraft(flow.call, { grant_type: "refresh_token", refresh_token: token }, client, authMethods) };
  }
  if (step === "userinfo") return { call: mustFind("readUserInfo", ports), draft: { "header.Authorization": `Bearer ${token}` } };
  const call = mustFind(step.startsWith("introspect") ? "introspectToken" : "revokeToken", ports);
  return { call, draft: makeFlowDraft(call, { token }, client, ["client_secret_basic"]) };
}

function mustFind(id: ServiceCall, { services }: PlaygroundPorts): Call {
  const call = findServiceCall(services, id);
  if (call === undefined) throw new Refusal("not_found", `${id} is switched off`);
  return call;
}

/** Renders the form with what can be done next. @returns undefined if there are no tokens */
export function renderSteps(visitor: Visitor, flow: FlowContract, client: FlowClient, held: HeldTokens): Html | undefined {
  const possible = Object.entries(steps).filter(([step, { needs }]) => {
    const isOffered = step !== "userinfo" || flow.contract.policy.identifiesPersons === true;
    return held[needs] !== undefined && isOffered;
  });
  if (possible.length === 0) return undefined;
  const buttons = possible.map(
    ([step, { button }]) => html`<button type="submit" class="quiet" name="step" value="${step}">${button}</button>`,
  );
  return html`<section aria-labelledby="next">
    <h2 id="next">What next</h2>
    <form method="post" action="${linkTo("/playground-callback")}" class="ask">
      ${visitor.renderFormToken()} ${renderHidden({ ...held, contract: flow.contract.name })}
      ${renderCredentialFields(client, flow.contract.policy.authMethods)}
      <div class="actions">${buttons}</div>
    </form>
  </section>`;
}
