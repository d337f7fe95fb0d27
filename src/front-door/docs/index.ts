import { Refusal } from "../../engine/refusal";
import { type Html, html } from "../../pages/framework/html";
import { type HtmlReply, linkTo, type Page } from "../../pages/framework/page";
import type { Frame } from "../frame";
import { readInfo } from "../openapi";
import { renderInline } from "../prose";
import { linkToSpec, type PublishedSpec } from "../spec-files";
import { renderReference } from "./reference";
import { type Viewer, viewerNeeds } from "./viewer";
import { viewerScript } from "./viewer-script";

/** Makes the page at `/docs`: the list of all specs, and one of them with everything that it declares. */
export function makeDocsPage(specs: readonly PublishedSpec[], viewer: Viewer, frame: Frame): Page {
  return {
    path: "/docs",
    enabled: true,
    get: async ({ query }) => {
      const name = query("contract");
      if (name === undefined) return frame({ path: "/docs", title: "Reference", content: renderList(specs) });
      const spec = specs.find((each) => each.name === name);
      if (spec === undefined) throw new Refusal("not_found", "no spec has this name");
      return renderSpec(spec, await viewer.load(), frame);
    },
  };
}

function renderList(specs: readonly PublishedSpec[]): Html {
  const listOf = (kind: PublishedSpec["kind"]): Html[] =>
    specs
      .filter((each) => each.kind === kind)
      .map(({ name, spec, enabled }) => {
        const { description } = readInfo(spec);
        return html`<dt>
            <a href="${linkTo("/docs", { contract: name })}">${name}</a>
            ${enabled ? undefined : html`<span class="mark bad">off</span>`}
          </dt>
          <dd>${renderInline(description)}</dd>`;
      });
  return html`
    <h1>Reference</h1>
    <p class="lead">Requests are validated against these very documents.</p>
    <h2>Contracts</h2>
    <dl class="facts">${listOf("contract")}</dl>
    <h2>Services</h2>
    <dl class="facts">${listOf("service")}</dl>
  `;
}

function renderSpec(published: PublishedSpec, asset: string | undefined, frame: Frame): HtmlReply {
  const { name, kind, spec } = published;
  const { title } = readInfo(spec);
  const content = html`
    <h1>${title === "" ? name : title}</h1>
    <nav id="of-this" aria-label="This document">
      <ul class="links" role="list">
        <li><a href="${linkTo("/docs")}">All documents</a></li>
        <li><a href="${linkTo("/errors", { contract: name })}">Errors of this ${kind}</a></li>
        <li><a href="${linkToSpec(name, "json")}">OpenAPI (JSON)</a></li>
        <li><a href="${linkToSpec(name, "yaml")}">OpenAPI (YAML)</a></li>
      </ul>
    </nav>
    <div id="reference">${renderReference(published)}</div>
    ${asset === undefined ? undefined : html`<div id="viewer" data-asset="${asset}" data-document="${linkToSpec(name, "json")}" hidden></div>`}
  `;
  return frame({ path: "/docs", title: name, content, ...(asset !== undefined && { ...viewerNeeds, scripts: [viewerScript] }) });
}
