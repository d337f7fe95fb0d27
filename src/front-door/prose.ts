import { type Html, html } from "../pages/framework/html";

/**
 * Renders the Markdown that the specs use: paragraphs, lists with `*` or `-`, and `code`. Anything else stays as it is written.
 */
export function renderProse(text: string): Html[] {
  return text
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== "")
    .map(renderBlock);
}

function renderBlock(block: string): Html {
  const lines = block.trim().split("\n");
  if (!isItem(lines[0] ?? "")) {
    const start = lines.findIndex(isItem);
    if (start < 0) return html`<p>${renderInline(lines.join(" "))}</p>`;
    return html`<p>${renderInline(lines.slice(0, start).join(" "))}</p>
      ${renderBlock(lines.slice(start).join("\n"))}`;
  }
  const items: string[] = [];
  for (const line of lines) {
    if (isItem(line)) items.push(line.trim().slice(2));
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  return html`<ul>
    ${items.map((item) => html`<li>${renderInline(item)}</li>`)}
  </ul>`;
}

function isItem(line: string): boolean {
  return /^\s*[*-] /.test(line);
}

/** Renders a line, with what stands between backticks as code. */
export function renderInline(text: string): Html[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part.replaceAll("**", "")}`));
}
