import { Refusal } from "../../engine/refusal";
import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import type { Visitor } from "../../pages/framework/visitor";
import { type Call, findServiceCall, type ServiceCall } from "./calls";
import type { Draft } from "./draft";
import { type FlowClient, type FlowContract, makeFlowDraft, renderCredentialFields, renderHidden } from "./flows";
import type { PlaygroundPorts } from "./ports";

/** What an application holds after a flow, as the hidden fields of a form. */
export type HeldTokens = Readonly<Partial<Record<"access_token" | "refresh_token" | "id_token" | "nonce", string>>>;

const heldNames = ["access_token", "refresh_token", "id_token", "nonce"] as const;

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
  refresh: { button: "Refresh", needs: "refresh_token" },
  userinfo: { button: "Call /userinfo", needs: "access_token" },
  introspect: { button: "Introspect the access token", needs: "access_token" },
  revoke: { button: "Revoke the access token", needs: "access_token" },
  "revoke-refresh": { button: "Revoke the refresh token", needs: "refresh_token" },
} as const;

export type Step = keyof typeof steps;

/** @throws Refusal `not_found` */
export function readStep(form: Readonly<Record<string, string>>): Step {
  const step = (Object.keys(steps) as Step[]).find((each) => each === form.step);
  if (step === undefined) throw new Refusal("not_found", "there is no such step");
  return step;
}

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
  if (step === "refresh") {
    return { call: flow.call, draft: makeFlowDraft(flow.call, { grant_type: "refresh_token", refresh_token: token }, client, authMethods) };
  }
  if (step === "userinfo") return { call: mustFind("readUserInfo", ports), draft: { "header.Authorization": `Bearer ${token}` } };
  const call = mustFind(step === "introspect" ? "introspectToken" : "revokeToken", ports);
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
