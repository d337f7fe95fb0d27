import { type Html, html } from "../pages/framework/html";
import { type HtmlReply, linkTo } from "../pages/framework/page";
import type { PageScript } from "../pages/framework/script";

/** A page of the front door, for the links between them. */
export interface NavEntry {
  path: `/${string}`;
  label: string;
}

/** Puts content into a page of the front door. */
export type Frame = (page: FramedPage) => HtmlReply;

export interface FramedPage extends Pick<HtmlReply, "sources"> {
  path: `/${string}`;
  title: string;
  content: Html;
  scripts?: readonly PageScript[];
}

/** @param entries the pages that this server has, in their order */
export function makeFrame(entries: readonly NavEntry[]): Frame {
  return ({ path, title, content, ...rest }) => ({
    status: 200,
    title,
    content,
    layout: "wide",
    nav: renderNav(entries, path),
    ...rest,
  });
}

function renderNav(entries: readonly NavEntry[], current: string): Html {
  const items = entries.map(({ path, label }) =>
    path === current
      ? html`<li><a href="${linkTo(path)}" aria-current="page">${label}</a></li>`
      : html`<li><a href="${linkTo(path)}">${label}</a></li>`,
  );
  return html`<nav aria-label="Pages">
    <ul role="list">
      ${items}
    </ul>
  </nav>`;
}
