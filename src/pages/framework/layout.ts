import { Html, html } from "./html";
import { iconReference } from "./icon";
import type { HtmlReply } from "./page";
import { style } from "./style";
import { wideStyle } from "./style-wide";

// Not through the tag: the styles are constants, and the policy has the hashes of exactly these characters.
const cardStyle = new Html(`<style>${style}</style>`);
const wideStyles = new Html(`<style>${style}</style><style>${wideStyle}</style>`);

/** Renders a whole document around the content of a page, which has the only `h1`. */
export function renderDocument({ title, content, layout = "card", nav, scripts = [] }: HtmlReply): string {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} – Polymint</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <link rel="icon" href="${iconReference}" />
        ${layout === "wide" ? wideStyles : cardStyle}
      </head>
      <body class="${layout}">
        <header class="top">
          <span class="brand">Polymint</span>
          ${nav}
        </header>
        <main>${content}</main>
        ${scripts.map(({ element }) => element)}
      </body>
    </html> `;
  return document.toString();
}
