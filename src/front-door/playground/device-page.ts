import { Refusal, type RefusalCode } from "../../engine/refusal";
import { type Html, html } from "../../pages/framework/html";
import { type HtmlReply, linkTo, type Page, type PageReply, type PageRequest } from "../../pages/framework/page";
import type { Visitor } from "../../pages/framework/visitor";
import { findServiceCall } from "./calls";
import { DraftError } from "./draft";
import {
  type FlowClient,
  type FlowContract,
  listFlowContracts,
  makeFlowDraft,
  readFlowClient,
  renderContractField,
  renderCredentialFields,
  renderHidden,
  renderInput,
} from "./flows";
import { renderPlaygroundPage } from "./page";
import type { PlaygroundPorts } from "./ports";
import { poll } from "./poll-script";
import { type Result, sendAndRender } from "./result";
import { addTokens, renderSteps } from "./steps";
import { outdatedForm, readMembers, renderAlert } from "./view";

/** RFC 8628 §3.4 */
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
/** Seconds that `slow_down` adds (RFC 8628 §3.5), and the interval that holds if the server names none (§3.2). */
const fiveSeconds = 5;

/** Makes the page that plays a device (RFC 8628). */
export function makeDevicePlaygroundPage(ports: PlaygroundPorts): Page {
  const flows = listFlowContracts("device_code", ports);
  const [first] = flows;
  if (first === undefined) return { path: "/playground-device", enabled: false };
  const choose = (form: Readonly<Record<string, string>>): FlowContract => {
    const flow = flows.find(({ contract }) => contract.name === form.contract);
    if (flow === undefined) throw new Refusal("not_found", "no contract of that name offers the device grant");
    return flow;
  };
  return {
    path: "/playground-device",
    enabled: true,
    get: ({ visitor }) => {
      const id = first.client?.id ?? "";
      const client = { clientId: id, secret: ports.demo?.secrets[id] ?? "", assertion: "" };
      return Promise.resolve(renderStart(ports, visitor, { flows, flow: first, client, scope: first.client?.scopes.join(" ") }));
    },
    renewForm: ({ visitor, form }, refusal) => {
      const [flow, client] = [choose(form), readFlowClient(form)];
      const alert = renderAlert("Nothing was asked", outdatedForm);
      const isWaiting = form.device_code !== undefined;
      const page = isWaiting
        ? renderWaiting(ports, visitor, flow, client, readWaiting(form, alert))
        : renderStart(ports, visitor, { flows, flow, client, scope: form.scope, before: alert });
      return Promise.resolve({ ...page, status: 403, refusal });
    },
    post: async (request) => {
      const flow = choose(request.form);
      try {
        return await (request.form.device_code === undefined ? begin(request, flow, flows, ports) : ask(request, flow, ports));
      } catch (error) {
        if (!(error instanceof DraftError)) throw error;
        const alert = renderAlert("Nothing was sent", [error.message]);
        const { visitor, form } = request;
        const start = { flows, flow, client: readFlowClient(form), scope: form.scope, before: alert };
        return { ...renderStart(ports, visitor, start), status: 400 };
      }
    },
  };
}

/** The form with which a device begins. */
interface StartForm {
  flows: readonly FlowContract[];
  flow: FlowContract;
  client: FlowClient;
  scope: string | undefined;
  /** What stands above it. */
  before?: Html;
}

function renderStart(ports: PlaygroundPorts, visitor: Visitor, { flows, flow, client, scope, before }: StartForm): HtmlReply {
  return renderPlaygroundPage(
    ports,
    "Device",
    html`
      <p class="lead">This page plays a device without a keyboard: it shows a code, and a person approves it elsewhere.</p>
      ${before}
      <form method="post" action="${linkTo("/playground-device")}" class="ask">
        ${visitor.renderFormToken()} ${renderContractField(flows, flow)} ${renderCredentialFields(client, flow.contract.policy.authMethods)}
        ${renderInput("scope", "Scope", scope, "Separated by spaces.")}
        <div class="actions"><button type="submit">Begin</button></div>
      </form>
    `,
  );
}

async function begin(request: PageRequest, flow: FlowContract, flows: readonly FlowContract[], ports: PlaygroundPorts): Promise<PageReply> {
  const { form, visitor } = request;
  const call = findServiceCall(ports.services, "authorizeDevice");
  if (call === undefined) throw new Refusal("not_found", "the device service is switched off");
  const client = readFlowClient(form);
  const fields: Record<string, string> = form.scope === undefined ? {} : { scope: form.scope };
  const result = await sendAndRender(
    { call, draft: makeFlowDraft(call, fields, client, flow.contract.policy.authMethods) },
    request,
    ports,
  );
  const { device_code: deviceCode, user_code: userCode, interval } = result.answer === undefined ? {} : readMembers(result.answer);
  if (typeof deviceCode !== "string" || typeof userCode !== "string") {
    return renderStart(ports, visitor, { flows, flow, client, scope: form.scope, before: result.content });
  }
  const seconds = typeof interval === "number" ? interval : fiveSeconds;
  const waiting: Waiting = { deviceCode, userCode, interval: seconds, auto: false, result: result.content };
  return renderWaiting(ports, visitor, flow, client, waiting);
}

/** A device that waits for its person. */
interface Waiting {
  deviceCode: string;
  userCode: string;
  /** Seconds between two requests. */
  interval: number;
  /** Whether the page asks by itself. */
  auto: boolean;
  /** The last exchange. */
  result: Html;
}

function renderWaiting(ports: PlaygroundPorts, visitor: Visitor, flow: FlowContract, client: FlowClient, waiting: Waiting): HtmlReply {
  const { deviceCode, userCode, interval, auto, result } = waiting;
  const fields = { contract: flow.contract.name, device_code: deviceCode, user_code: userCode, interval: String(interval) };
  const link = linkTo("/device", { user_code: userCode });
  return {
    ...renderPlaygroundPage(
      ports,
      "The device waits",
      html`
        <p class="lead">
          Open <a href="${link}" target="_blank" rel="noopener">the page for devices</a> in another tab, log in, and allow the device with
          this code:
        </p>
        <p class="usercode"><code>${userCode}</code></p>
        <form
          method="post"
          action="${linkTo("/playground-device")}"
          class="ask"
          id="poll"
          data-interval="${interval}"
          data-auto="${auto ? "on" : "off"}"
        >
          ${visitor.renderFormToken()} ${renderHidden(fields)} ${renderCredentialFields(client, flow.contract.policy.authMethods)}
          <div class="actions"><button type="submit">Ask for the token</button></div>
        </form>
        <p class="soft">The device asks at most every ${interval} seconds.</p>
        ${result}
      `,
    ),
    scripts: [poll],
  };
}

/** After these answers the device goes on waiting. */
const passing: readonly RefusalCode[] = ["authorization_pending", "slow_down", "throttled"];

async function ask(request: PageRequest, flow: FlowContract, ports: PlaygroundPorts): Promise<PageReply> {
  const { form, visitor } = request;
  const client = readFlowClient(form);
  const fields = { grant_type: deviceGrant, device_code: form.device_code ?? "" };
  const draft = makeFlowDraft(flow.call, fields, client, flow.contract.policy.authMethods);
  const { answer, content }: Result = await sendAndRender({ call: flow.call, draft, contract: flow.contract.name }, request, ports);
  if (answer !== undefined && answer.status < 300) {
    const held = addTokens({}, readMembers(answer));
    return renderPlaygroundPage(ports, "The device has its token", html`${content} ${renderSteps(visitor, flow, client, held)}`);
  }
  const code = answer?.refusal?.code;
  if (code !== undefined && !passing.includes(code)) {
    const again = html`<p><a href="${linkTo("/playground-device")}">Begin again</a></p>`;
    return renderPlaygroundPage(ports, "The device got no token", html`${content} ${again}`);
  }
  const waiting = readWaiting(form, content);
  return renderWaiting(
    ports,
    visitor,
    flow,
    client,
    code === "slow_down" ? { ...waiting, interval: waiting.interval + fiveSeconds } : waiting,
  );
}

/** @param result of the last exchange */
function readWaiting(form: Readonly<Record<string, string>>, result: Html): Waiting {
  const { device_code: deviceCode = "", user_code: userCode = "", interval = "" } = form;
  return { deviceCode, userCode, interval: Math.min(Number(interval) || fiveSeconds, 600), auto: form.auto === "on", result };
}
