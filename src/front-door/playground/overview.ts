import { html, type Html } from "../../pages/framework/html";
import { type HtmlReply, linkTo } from "../../pages/framework/page";
import { type Callee, listCallees } from "./calls";
import { listFlows } from "./flows";
import { playgroundTitle, renderPlaygroundPage } from "./page";
import type { PlaygroundPorts } from "./ports";

/** Renders the first page of the playground: everything that can be tried. */
export function renderOverview(ports: PlaygroundPorts): HtmlReply {
  const callees = listCallees(ports);
  const flows = listFlows(ports).map(
    ({ path, title, text }) =>
      html`<dt><a href="${linkTo(path)}">${title}</a></dt>
        <dd>${text}</dd>`,
  );
  return renderPlaygroundPage(
    ports,
    playgroundTitle,
    html`
      <p class="lead">Ask this server for tokens, and see what goes over the wire and what is in them.</p>
      <h2>Ask a contract for a token</h2>
      <dl class="facts">${callees.filter(({ contract }) => contract !== undefined).map(renderCallee)}</dl>
      ${
        flows.length === 0
          ? undefined
          : html`<h2>Where a person takes part</h2>
              <dl class="facts">${flows}</dl>`
      }
      <h2>Beside the contracts</h2>
      <dl class="facts">${callees.filter(({ contract }) => contract === undefined).map(renderCallee)}</dl>
    `,
  );
}

function renderCallee({ name, contract, operations }: Callee): Html {
  const links = operations.map(({ id, method, path }) => {
    const label = html`<code>${method.toUpperCase()} ${path}</code>`;
    const href = linkTo("/playground", { contract: name, call: id });
    return html`<div>${contract === undefined ? html`<a href="${href}">${label}</a>` : label}</div>`;
  });
  return html`<dt>${contract === undefined ? name : html`<a href="${linkTo("/playground", { contract: name })}">${name}</a>`}</dt>
    <dd>${links}</dd>`;
}
