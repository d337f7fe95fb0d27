import { Refusal } from "../../engine/refusal";
import { codeSeconds } from "../../pages/authorize/issue-code";
import { type Html, html } from "../../pages/framework/html";
import { type HtmlReply, linkTo, type Page, type PageReply, type PageRequest } from "../../pages/framework/page";
import { checkAnswer } from "./check-answer";
import type { CodeCookie, PendingCode } from "./code-cookie";
import { DraftError } from "./draft";
import { explainAuthorizationError } from "./explain";
import {
  type FlowClient,
  type FlowContract,
  listFlowContracts,
  makeFlowDraft,
  readFlowClient,
  renderCredentialFields,
  renderHidden,
} from "./flows";
import { renderPlaygroundPage } from "./page";
import type { PlaygroundPorts } from "./ports";
import { type Result, sendAndRender } from "./result";
import { addTokens, followStep, type HeldTokens, makeStepRequest, readHeldTokens, readStep, renderSteps, titleOf } from "./steps";
import { outdatedForm, readMembers, renderAlert, renderFindings } from "./view";

/** Makes the page to which the server sends the browser back, and where tokens are used. */
export function makeCallbackPage(ports: PlaygroundPorts, cookie: CodeCookie): Page {
  const flows = [...listFlowContracts("authorization_code", ports), ...listFlowContracts("device_code", ports)];
  return {
    path: "/playground-callback",
    enabled: flows.length > 0,
    get: (request) => Promise.resolve(showAnswer(request, ports, cookie)),
    post: (request) => (request.form.step === "exchange" ? exchange(request, ports, cookie) : takeStep(request, ports, flows)),
    renewForm: (request, refusal) => Promise.resolve({ ...renewForm(request, ports, cookie, flows), status: 403, refusal }),
  };
}

/** Renders what came back with the browser, and whether it may be used (RFC 6749 §4.1.2, §10.12; RFC 9207). */
function showAnswer(request: PageRequest, ports: PlaygroundPorts, cookie: CodeCookie): HtmlReply {
  const { query } = request;
  const [code, error] = [query("code"), query("error")];
  const pending = cookie.parse(request.cookieHeader);
  const findings = checkAnswer(request, pending, ports.issuer);
  if (error !== undefined) {
    const text = query("error_description");
    const sentences = [explainAuthorizationError(error), ...(text === undefined ? [] : [`The server says: ${text}`])];
    return renderPlaygroundPage(ports, "No code came back", html`${renderAlert(error, sentences)}${renderFindings(findings)}`);
  }
  if (code === undefined)
    return renderPlaygroundPage(ports, "Nothing came back", html`<p>There is neither a code nor an error in the address.</p>`);
  const shown = html`<dl class="facts">
      <dt>code</dt>
      <dd><code>${code}</code></dd>
    </dl>
    ${renderFindings(findings)}`;
  const flow = pending && listFlowContracts("authorization_code", ports).find(({ contract }) => contract.name === pending.contract);
  if (pending === undefined || flow === undefined || findings.some(({ verdict }) => verdict === "wrong")) {
    return renderPlaygroundPage(
      ports,
      "A code came back",
      html`${shown}
        <p>
          This page does not exchange it. If you began in a terminal, copy the code to your next command, within ${codeSeconds} seconds.
        </p>`,
    );
  }
  const client = { clientId: pending.clientId, secret: ports.demo?.secrets[pending.clientId] ?? "", assertion: "" };
  const fields = { code, state: pending.state, received_at: String(request.now) };
  return renderPlaygroundPage(ports, "A code came back", html`${shown} ${renderExchangeForm(request, flow, client, fields)}`);
}

interface ExchangeFields {
  code: string;
  state: string;
  received_at: string;
}

function renderExchangeForm({ visitor }: PageRequest, flow: FlowContract, client: FlowClient, fields: ExchangeFields): Html {
  return html`<h2>Exchange it</h2>
    <p>The application sends the code, its code_verifier and its own credentials from server to server, within ${codeSeconds} seconds.</p>
    <form method="post" action="${linkTo("/playground-callback")}" class="ask">
      ${visitor.renderFormToken()} ${renderHidden({ ...fields })} ${renderCredentialFields(client, flow.contract.policy.authMethods)}
      <div class="actions"><button type="submit" name="step" value="exchange">Exchange the code</button></div>
    </form>`;
}

/** The request that the form's code came back for, if this browser still knows it. */
function findPending({ form, cookieHeader }: PageRequest, ports: PlaygroundPorts, cookie: CodeCookie) {
  const pending = cookie.parse(cookieHeader);
  const flow = listFlowContracts("authorization_code", ports).find(({ contract }) => contract.name === pending?.contract);
  return pending === undefined || flow === undefined || pending.state !== form.state ? undefined : { pending, flow };
}

function renderForgotten(ports: PlaygroundPorts): HtmlReply {
  const why = "This browser no longer knows the request that the code is for: ten minutes have passed, or you began again in another tab.";
  return { ...renderPlaygroundPage(ports, "Nothing was sent", renderAlert("Begin again", [why])), status: 400 };
}

/** Shows the form again as it was filled in, for the browser as it is now: neither the code nor the tokens are lost. */
function renewForm(request: PageRequest, ports: PlaygroundPorts, cookie: CodeCookie, flows: readonly FlowContract[]): HtmlReply {
  const { form, visitor } = request;
  const client = readFlowClient(form);
  const alert = renderAlert("Nothing was sent", outdatedForm);
  if (form.step !== "exchange") {
    const next = renderSteps(visitor, mustFindFlow(form, flows), client, readHeldTokens(form));
    return renderPlaygroundPage(ports, "Tokens", html`${alert} ${next}`);
  }
  const { code = "", state = "", received_at = "" } = form;
  const found = findPending(request, ports, cookie);
  if (found === undefined) return renderForgotten(ports);
  return renderPlaygroundPage(
    ports,
    "A code came back",
    html`${alert} ${renderExchangeForm(request, found.flow, client, { code, state, received_at })}`,
  );
}

async function exchange(request: PageRequest, ports: PlaygroundPorts, cookie: CodeCookie): Promise<PageReply> {
  const { form } = request;
  const { code = "", state = "", received_at: receivedAt = "" } = form;
  const found = findPending(request, ports, cookie);
  if (found === undefined) return renderForgotten(ports);
  const { pending, flow } = found;
  const client = readFlowClient(form);
  const fields = { grant_type: "authorization_code", code, redirect_uri: pending.redirectUri, code_verifier: pending.codeVerifier };
  const draft = makeFlowDraft(flow.call, fields, client, flow.contract.policy.authMethods);
  const { nonce, clientId } = pending;
  const result = await catchDraftError(() =>
    sendAndRender({ call: flow.call, draft, contract: flow.contract.name }, request, ports, { nonce, clientId }),
  );
  if (result.answer === undefined || result.answer.status >= 300) {
    const reasons = result.answer?.refusal?.code === "invalid_grant" ? guessReasons(pending, Number(receivedAt), request.now) : [];
    const again = renderExchangeForm(request, flow, client, { code, state, received_at: receivedAt });
    const guess = reasons.length === 0 ? undefined : renderAlert("Most likely", reasons);
    return renderPlaygroundPage(ports, "No tokens", html`${guess} ${result.content} ${again}`);
  }
  const held = addTokens(nonce === undefined ? {} : { nonce }, readMembers(result.answer));
  const page = renderPlaygroundPage(
    ports,
    "Tokens for the code",
    html`${result.content} ${renderSteps(request.visitor, flow, client, held)}
    ${renderExchangeAgain(request, client, { code, state, received_at: receivedAt })}`,
  );
  return { ...page, setCookies: [cookie.serialize({ ...pending, spent: true })] };
}

/** What a code that is used twice does is worth seeing (RFC 6749 §4.1.2). */
function renderExchangeAgain(request: PageRequest, client: FlowClient, fields: ExchangeFields): Html {
  return html`<details>
    <summary>Exchange the same code again, to see it refused</summary>
    <form method="post" action="${linkTo("/playground-callback")}" class="ask">
      ${request.visitor.renderFormToken()} ${renderHidden({ ...fields, client_id: client.clientId, client_secret: client.secret })}
      <div class="actions"><button type="submit" class="quiet" name="step" value="exchange">Exchange the code again</button></div>
    </form>
  </details>`;
}

function guessReasons({ spent }: PendingCode, receivedAt: number, now: number): string[] {
  const age = Math.floor((now - receivedAt) / 1000);
  if (spent === true) {
    return [
      "This code was exchanged before. It works once; and since it was presented again, the server has revoked what its first use gave (RFC 6749 §4.1.2).",
    ];
  }
  return age >= codeSeconds ? [`The code has expired: it came back ${age} seconds ago and lives for ${codeSeconds}. Begin again.`] : [];
}

/** @throws Refusal `not_found` */
function mustFindFlow(form: PageRequest["form"], flows: readonly FlowContract[]): FlowContract {
  const flow = flows.find(({ contract }) => contract.name === form.contract);
  if (flow === undefined) throw new Refusal("not_found", "there is no such contract");
  return flow;
}

async function takeStep(request: PageRequest, ports: PlaygroundPorts, flows: readonly FlowContract[]): Promise<PageReply> {
  const { form, visitor } = request;
  const step = readStep(form);
  const flow = mustFindFlow(form, flows);
  const client = readFlowClient(form);
  const held: HeldTokens = readHeldTokens(form);
  const stepRequest = makeStepRequest(step, held, flow, client, ports);
  const contract = stepRequest.call === flow.call ? flow.contract.name : undefined;
  const context = { clientId: client.clientId, nonce: held.nonce };
  const result = await catchDraftError(() => sendAndRender({ ...stepRequest, contract }, request, ports, context));
  const { after, sentences } = followStep(step, held, result.answer);
  const words = sentences.map((sentence) => html`<p>${sentence}</p>`);
  return renderPlaygroundPage(ports, titleOf(step), html`${words} ${result.content} ${renderSteps(visitor, flow, client, after)}`);
}

async function catchDraftError(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DraftError)) throw error;
    return { answer: undefined, content: renderAlert("Nothing was sent", [error.message]) };
  }
}
