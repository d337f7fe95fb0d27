import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import { listShownOperations, readInfo, type ShownOperation } from "../openapi";
import { renderInline, renderProse } from "../prose";
import type { PublishedSpec } from "../spec-files";
import { renderTable } from "../table";

/** Renders a spec as a page that needs no script. */
export function renderReference(published: PublishedSpec): Html {
  const { spec } = published;
  return html`
    <div class="lead">${renderProse(readInfo(spec).description)}</div>
    ${listShownOperations(spec).map((operation) => renderOperation(operation, published))}
  `;
}

function renderOperation(operation: ShownOperation, { name, triable }: PublishedSpec): Html {
  const { id, method, path, summary, description, mediaType, parameters, fields, responses } = operation;
  const inputs = [
    ...parameters.map((each) => ({ ...each, place: each.in, required: each.required === true })),
    ...fields.map((each) => ({ ...each, place: "body" })),
  ];
  const rows = inputs.map(
    ({ name: input, place, required, description: text = "" }) =>
      html`<tr>
        <th scope="row"><code>${input}</code></th>
        <td>${place}${required ? ", required" : undefined}</td>
        <td>${renderInline(text)}</td>
      </tr>`,
  );
  const answers = responses.map(
    ([status, { description: text = "", ...marks }]) =>
      html`<tr>
        <th scope="row"><a href="${linkTo("/errors", { contract: name })}#s${status}-${id}">${status}</a></th>
        <td>${renderInline(text)} ${marks["x-undocumented"] === true ? html`<span class="mark">decided here</span>` : undefined}</td>
      </tr>`,
  );
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${summary === "" ? path : summary}</h2>
    <p><code>${method} ${path}</code>${mediaType === undefined ? undefined : html`, body <code>${mediaType}</code>`}</p>
    ${triable.has(id) ? renderTryLink(name, operation) : undefined} ${renderProse(description)}
    ${rows.length === 0 ? undefined : renderTable("What it takes", ["Name", "Place", "Meaning"], rows)}
    ${renderTable("What it answers", ["Status", "Meaning"], answers)}
  </section>`;
}

/** The viewer shows these links too: see its script. */
function renderTryLink(name: string, { id, method, path }: ShownOperation): Html {
  const href = linkTo("/playground", { contract: name, call: id });
  return html`<p><a href="${href}" data-try="${id}">Try ${method} ${path} in the playground</a></p>`;
}
