import type { PlacedContract } from "../../contracts/wire";
import { Refusal } from "../../engine/refusal";
import { type Html, html } from "../../pages/framework/html";
import { type HtmlReply, linkTo, type Page, type PageReply, type PageRequest } from "../../pages/framework/page";
import { type Call, listTokenCalls } from "./calls";
import { renderContractForm } from "./contract-form";
import { fillMarks, makeMarkedRequest, type MarkedRequest } from "./demo-request";
import { type Draft, DraftError, toDraft } from "./draft";
import { listFlows } from "./flows";
import { renderPlaygroundPage } from "./page";
import type { PlaygroundPorts } from "./ports";
import { sendAndRender } from "./result";
import { sendDemoRequest } from "./send";
import { renderAlert } from "./view";

/** What the form of a request has beside the fields of the request. */
const ownFields = ["csrf", "contract", "call"];

/** Makes the page with a form for each contract. */
export function makeContractPage(ports: PlaygroundPorts): Page {
  return {
    path: "/playground",
    enabled: true,
    get: async (request) => {
      const name = request.query("contract");
      if (name === undefined) return renderOverview(ports);
      const chosen = await choose(name, request.query("call"), request, ports);
      return renderPage(request, chosen, chosen.draft, ports);
    },
    post: (request) => answerForm(request, ports),
    renewForm: async (request) => {
      const chosen = await choose(request.form.contract ?? "", request.form.call, request, ports);
      const alert = renderAlert("Nothing was sent", [
        "This form was out of date. Send it again. If this repeats, allow cookies for this site.",
      ]);
      return { ...renderPage(request, chosen, readDraft(request), ports, alert), status: 403 };
    },
  };
}

interface Chosen {
  contract: PlacedContract;
  call: Call;
  /** The demo's request, as the form shows it first. */
  draft: Draft;
  marks: MarkedRequest["marks"];
}

/** @throws Refusal `not_found` */
async function choose(name: string, id: string | undefined, page: PageRequest, ports: PlaygroundPorts): Promise<Chosen> {
  const contract = ports.all.find((each) => each.name === name);
  const calls = contract === undefined ? [] : listTokenCalls(contract);
  const call = id === undefined ? calls[0] : calls.find(({ operation }) => operation.id === id);
  if (contract === undefined || call === undefined) throw new Refusal("not_found", "there is no such contract or operation");
  const marked = await makeMarkedRequest(contract, ports, (request) => sendDemoRequest(request, page, ports), page);
  const isDemos = marked !== undefined && call === calls[0];
  return { contract, call, draft: isDemos ? toDraft(marked.request, call) : {}, marks: isDemos ? marked.marks : [] };
}

function readDraft({ form }: PageRequest): Draft {
  return Object.fromEntries(Object.entries(form).filter(([name]) => !ownFields.includes(name)));
}

async function answerForm(page: PageRequest, ports: PlaygroundPorts): Promise<PageReply> {
  const { form } = page;
  const chosen = await choose(form.contract ?? "", form.call, page, ports);
  const draft = readDraft(page);
  try {
    const filled = await fillMarks(draft, chosen.marks);
    const { content } = await sendAndRender({ call: chosen.call, draft: filled, contract: chosen.contract.name }, page, ports);
    return renderPage(page, chosen, draft, ports, content);
  } catch (error) {
    if (!(error instanceof DraftError)) throw error;
    return { ...renderPage(page, chosen, draft, ports, renderAlert("Nothing was sent", [error.message])), status: 400 };
  }
}

function renderPage(page: PageRequest, chosen: Chosen, draft: Draft, ports: PlaygroundPorts, result?: Html): HtmlReply {
  const { contract, call, marks } = chosen;
  const { method, path } = call.operation;
  const title = `${contract.name}: ask for a token`;
  const form = { contract: contract.name, call, draft, marks: marks.map(({ text }) => text) };
  return renderPlaygroundPage(
    ports,
    title,
    html`
      <p class="lead"><code>${method.toUpperCase()} ${path}</code></p>
      ${renderCalls(contract, call)} ${result} ${result === undefined ? undefined : html`<h2>Change it and send it again</h2>`}
      ${renderContractForm(page.visitor, form)}
      <p class="soft">
        The request is a real one: it counts against your limits.
        ${ports.demo === undefined ? undefined : html`<a href="${linkTo("/playground", { contract: contract.name })}">Fill in the demo client again</a>`}
      </p>
    `,
  );
}

function renderCalls(contract: PlacedContract, chosen: Call): Html | undefined {
  const calls = listTokenCalls(contract);
  if (calls.length < 2) return undefined;
  const links = calls.map(({ operation: { id, path, method } }) => {
    const href = linkTo("/playground", { contract: contract.name, call: id });
    const label = `${method.toUpperCase()} ${path}`;
    return html`<li>${id === chosen.operation.id ? html`<strong>${label}</strong>` : html`<a href="${href}">${label}</a>`}</li>`;
  });
  return html`<ul class="links">
    ${links}
  </ul>`;
}

function renderOverview(ports: PlaygroundPorts): HtmlReply {
  const contracts = ports.all.map((contract) => {
    const paths = listTokenCalls(contract).map(({ operation: { method, path } }) => `${method.toUpperCase()} ${path}`);
    return html`<dt><a href="${linkTo("/playground", { contract: contract.name })}">${contract.name}</a></dt>
      <dd><code>${paths.join(", ")}</code></dd>`;
  });
  const flows = listFlows(ports).map(
    ({ path, title, text }) =>
      html`<dt><a href="${linkTo(path)}">${title}</a></dt>
        <dd>${text}</dd>`,
  );
  return {
    status: 200,
    layout: "wide",
    title: "Playground",
    content: html`
      <h1>Playground</h1>
      <p class="lead">Ask this server for tokens, and see what goes over the wire and what is in them.</p>
      <h2>Ask a contract</h2>
      <dl class="facts">${contracts}</dl>
      ${
        flows.length === 0
          ? undefined
          : html`<h2>Where a person takes part</h2>
              <dl class="facts">${flows}</dl>`
      }
    `,
  };
}
