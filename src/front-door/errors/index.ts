import { Refusal } from "../../engine/refusal";
import { type Html, html } from "../../pages/framework/html";
import { linkTo, type Page } from "../../pages/framework/page";
import type { Frame } from "../frame";
import { listShownOperations, type ShownOperation } from "../openapi";
import { renderInline } from "../prose";
import type { PublishedSpec } from "../spec-files";
import { askForStatuses } from "./asked";
import { findDecisions } from "./decisions";
import { readRecordedStatuses, type RecordedStatuses, type StatusRow } from "./recorded";

/** Makes the page at `/errors`: for each status that a document declares, what causes it and what the answer is. */
export function makeErrorsPage(specs: readonly PublishedSpec[], frame: Frame): Page {
  let recorded: RecordedStatuses | undefined;
  return {
    path: "/errors",
    enabled: true,
    get: ({ query }) => {
      const name = query("contract");
      const spec = specs.find((each) => each.name === name);
      if (name !== undefined && spec === undefined) throw new Refusal("not_found", "no spec has this name");
      recorded ??= readRecordedStatuses();
      const content = spec === undefined ? renderList(specs) : renderCatalogue(spec, recorded);
      return Promise.resolve(frame({ path: "/errors", title: name === undefined ? "Errors" : `Errors of ${name}`, content }));
    },
  };
}

function renderList(specs: readonly PublishedSpec[]): Html {
  const links = (kind: PublishedSpec["kind"]): Html[] =>
    specs
      .filter((each) => each.kind === kind)
      .map(({ name }) => html`<li><a href="${linkTo("/errors", { contract: name })}">${name}</a></li>`);
  return html`
    <h1>Errors</h1>
    <p class="lead">
      What causes each status, what the answer looks like, and what this server decided where a vendor’s document is silent.
    </p>
    <h2>Contracts</h2>
    <ul>
      ${links("contract")}
    </ul>
    <h2>Services</h2>
    <ul>
      ${links("service")}
    </ul>
  `;
}

function renderCatalogue({ name, kind, spec, refuse, prefix }: PublishedSpec, recorded: RecordedStatuses): Html {
  const own = recorded.get(name);
  const operations = listShownOperations(spec).map((operation) => {
    const known = own?.get(`${operation.method} ${operation.path.slice(prefix.length)}`);
    const rows = known ?? (refuse === undefined ? [] : askForStatuses(refuse, operation.path));
    return renderOperation(operation, rows, known !== undefined);
  });
  return html`
    <h1>Errors of ${name}</h1>
    <p class="lead">
      <a href="${linkTo("/docs", { contract: name })}">The reference of this ${kind}</a> has the requests. <code>…</code> stands for what
      differs from one answer to the next.
    </p>
    ${operations}
  `;
}

function renderOperation(
  { id, method, path, description, responses }: ShownOperation,
  rows: readonly StatusRow[],
  isRecorded: boolean,
): Html {
  const declared = responses.map(([status, { description: meaning = "", ...marks }]) => {
    const own = rows.filter((row) => findDeclared(row.status, responses) === status);
    const isOurs = marks["x-undocumented"] === true;
    return html`<section class="status" aria-labelledby="s${status}-${id}">
      <h3 id="s${status}-${id}">${status} ${isOurs ? html`<span class="mark">decided here</span>` : undefined}</h3>
      <p>${renderInline(meaning)}</p>
      ${own.length === 0 ? undefined : renderRows(own)}
    </section>`;
  });
  const decisions = findDecisions(description);
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${method} ${path}</h2>
    <p class="soft">${isRecorded ? recordedWords : askedWords}</p>
    ${declared}
    ${
      decisions.length === 0
        ? undefined
        : html`<h3>Decided where the document is silent</h3>
            ${decisions}`
    }
  </section>`;
}

/** @returns the key under which a status is declared: by itself, as a range such as `4XX`, or as `default` */
function findDeclared(status: string, responses: ShownOperation["responses"]): string | undefined {
  return [status, `${status.slice(0, 1)}XX`, "default"].find((key) => responses.some(([declared]) => declared === key));
}

const recordedWords = "Every test run causes each of these at a running server.";
const askedWords = "The code of the contract was asked how it answers each refusal; no test has caused them here.";

function renderRows(rows: readonly StatusRow[]): Html {
  const items = rows.map(
    ({ cause, answer }) =>
      html`<dt>${renderInline(cause)}</dt>
        <dd>${renderInline(answer)}</dd>`,
  );
  return html`<dl class="causes">${items}</dl>`;
}
