/** Markup that is safe to send as it stands. Only {@link html} makes it, so every text in it has been escaped. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template. Nothing is shown for undefined. */
export type Shown = string | number | Html | readonly Html[] | undefined;

/**
 * The one way to make markup: a template tag that escapes everything put into it, unless it is markup of its own making.
 * Values may stand between tags and inside quoted attributes; nowhere else.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Shown[]): Html {
  return new Html(parts.reduce((made, part, index) => made + shown(values[index - 1]) + part));
}

function shown(value: Shown): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.toString();
  return typeof value === "object" ? value.map(shown).join("") : escaped(String(value));
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
