/** Markup that is safe to send. Except for the style element only {@link html} makes it, which escapes every text. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** A value in a template. Undefined renders as nothing. */
export type HtmlValue = string | number | Html | readonly Html[] | undefined;

/**
 * A template tag that makes markup and escapes every value that is not markup already.
 * Values may stand between tags and inside quoted attributes, nowhere else.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.reduce((markup, part, index) => markup + renderValue(values[index - 1]) + part));
}

function renderValue(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.toString();
  return typeof value === "object" ? value.map(renderValue).join("") : escapeText(String(value));
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
