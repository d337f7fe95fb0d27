import { type Html, html } from "../../pages/framework/html";
import { type HtmlReply, linkTo } from "../../pages/framework/page";
import type { PlaygroundPorts } from "./ports";

/** Renders a page of the playground. */
export function renderPlaygroundPage({ frame }: Pick<PlaygroundPorts, "frame">, title: string, content: Html): HtmlReply {
  const back = html`<p class="soft"><a href="${linkTo("/playground")}">Playground</a></p>`;
  return frame({
    path: "/playground",
    title,
    content: html`${title === playgroundTitle ? undefined : back}
      <h1>${title}</h1>
      ${content}`,
  });
}

/** The title of its first page. */
export const playgroundTitle = "Playground";
