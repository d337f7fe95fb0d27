import { Refusal } from "../../engine/refusal";
import { type Html, html } from "../../pages/framework/html";
import { type HtmlReply, linkTo, type Page, type PageReply, type PageRequest } from "../../pages/framework/page";
import { listShownOperations } from "../openapi";
import { type Call, type Callee, listCallees, makeCall } from "./calls";
import { fillMarks } from "./demo-request";
import { type Draft, DraftError } from "./draft";
import { type FirstDraft, makeFirstDraft } from "./first-draft";
import { renderOverview } from "./overview";
import { renderPlaygroundPage } from "./page";
import type { PlaygroundPorts } from "./ports";
import { renderRequestForm } from "./request-form";
import { sendAndRender } from "./result";
import { outdatedForm, renderAlert } from "./view";

/** What the form of a request has beside the fields of the request. */
const ownFields = ["csrf", "contract", "call"];

/** Makes the page with a form for each operation of each contract and service. */
export function makeRequestPage(ports: PlaygroundPorts): Page {
  return {
    path: "/playground",
    enabled: true,
    get: async (request) => {
      const name = request.query("contract");
      if (name === undefined) return renderOverview(ports);
      const chosen = choose(name, request.query("call"), ports);
      const first = await makeFirstDraft(chosen.callee, chosen.call, request, ports);
      return renderPage(request, chosen, first, ports);
    },
    post: (request) => answerForm(request, ports),
    renewForm: async (request, refusal) => {
      const chosen = choose(request.form.contract ?? "", request.form.call, ports);
      const { marks } = await makeFirstDraft(chosen.callee, chosen.call, request, ports);
      const page = renderPage(request, chosen, { draft: readDraft(request), marks }, ports, renderAlert("Nothing was sent", outdatedForm));
      return { ...page, status: 403, refusal };
    },
  };
}

interface Chosen {
  callee: Callee;
  call: Call;
}

/** @throws Refusal `not_found` */
function choose(name: string, id: string | undefined, ports: PlaygroundPorts): Chosen {
  const callee = listCallees(ports).find((each) => each.name === name);
  const operation = callee?.operations.find((each, at) => (id === undefined ? at === 0 : each.id === id));
  if (callee === undefined || operation === undefined) throw new Refusal("not_found", "there is no such contract, service or operation");
  return { callee, call: makeCall(operation, callee.spec, callee.host) };
}

function readDraft({ form }: PageRequest): Draft {
  return Object.fromEntries(Object.entries(form).filter(([name]) => !ownFields.includes(name)));
}

async function answerForm(page: PageRequest, ports: PlaygroundPorts): Promise<PageReply> {
  const { form } = page;
  const chosen = choose(form.contract ?? "", form.call, ports);
  const { marks } = await makeFirstDraft(chosen.callee, chosen.call, page, ports);
  const draft = readDraft(page);
  try {
    const filled = await fillMarks(draft, marks);
    const { content } = await sendAndRender({ call: chosen.call, draft: filled, contract: chosen.callee.name }, page, ports);
    return renderPage(page, chosen, { draft, marks }, ports, content);
  } catch (error) {
    if (!(error instanceof DraftError)) throw error;
    return { ...renderPage(page, chosen, { draft, marks }, ports, renderAlert("Nothing was sent", [error.message])), status: 400 };
  }
}

function renderPage(
  page: PageRequest,
  { callee, call }: Chosen,
  { draft, marks }: FirstDraft,
  ports: PlaygroundPorts,
  result?: Html,
): HtmlReply {
  const { method, path, id } = call.operation;
  const form = { callee: callee.name, call, draft, marks: marks.map(({ text }) => text) };
  const again = linkTo("/playground", { contract: callee.name, call: id });
  return renderPlaygroundPage(
    ports,
    `${callee.name}: ${nameCall(callee, call)}`,
    html`
      <p class="lead">
        <code>${method.toUpperCase()} ${path}</code> · <a href="${linkTo("/docs", { contract: callee.name })}#${id}">Reference</a> ·
        <a href="${linkTo("/errors", { contract: callee.name })}">Errors</a>
      </p>
      ${renderOthers(callee, call)} ${result} ${result === undefined ? undefined : html`<h2>Change it and send it again</h2>`}
      ${renderRequestForm(page.visitor, form)}
      <p class="soft">
        The request is a real one: it counts against your limits.
        ${ports.demo === undefined ? undefined : html`<a href="${again}">Fill in the demonstration’s again</a>`}
      </p>
    `,
  );
}

function nameCall({ contract, spec }: Callee, { operation: { id } }: Call): string {
  if (typeof contract?.operations[id] === "object") return "ask for a token";
  const summary = listShownOperations(spec).find((each) => each.id === id)?.summary ?? "";
  return summary === "" ? id : `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`;
}

function renderOthers({ name, operations }: Callee, chosen: Call): Html | undefined {
  if (operations.length < 2) return undefined;
  const links = operations.map(({ id, path, method }) => {
    const label = `${method.toUpperCase()} ${path}`;
    const href = linkTo("/playground", { contract: name, call: id });
    return html`<li>${id === chosen.operation.id ? html`<strong>${label}</strong>` : html`<a href="${href}">${label}</a>`}</li>`;
  });
  return html`<ul class="links" role="list">
    ${links}
  </ul>`;
}
