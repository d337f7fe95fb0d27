import { Html, html } from "./html";
import { style } from "./style";

// Not through the tag: the style is a constant, and the policy has the hash of exactly these characters.
const styleElement = new Html(`<style>${style}</style>`);

/** Renders a whole document. @param content of the card, including its only `h1` */
export function renderDocument(title: string, content: Html): string {
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
