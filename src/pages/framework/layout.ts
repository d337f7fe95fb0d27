import { Html, html } from "./html";
import { style } from "./style";

// Not through the tag: the style is our own, and its hash is taken of these very characters.
const styleElement = new Html(`<style>${style}</style>`);

/** A whole document. @param content what stands in the card, its one `h1` included */
export function documentOf(title: string, content: Html): string {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} – Polymint</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        ${styleElement}
      </head>
      <body>
        <header class="brand">Polymint</header>
        <main>${content}</main>
      </body>
    </html> `;
  return document.toString();
}
