/** How many columns a text takes on a terminal. */

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a terminal draws over two columns: emoji, and the scripts and signs that are wide or fullwidth (Unicode TR 11). */
const wideText =
  /\p{Emoji_Presentation}|\p{Emoji}\uFE0F|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303E\u3200-\u33FF\uFF01-\uFF60\uFFE0-\uFFE6]/u;
/** Halfwidth forms belong to these scripts too, and take one column. */
const halfwidthText = /^[\uFF61-\uFFDC]/;
/** Marks and format characters take no column of their own. */
const unseenText = /^[\p{Mark}\p{Format}]*$/u;

/** @returns the number of columns that a text without line ends takes on a terminal */
export function measureText(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += measureGrapheme(segment);
  return width;
}

function measureGrapheme(segment: string): number {
  if (segment >= " " && segment <= "~") return 1;
  if (unseenText.test(segment)) return 0;
  return wideText.test(segment) && !halfwidthText.test(segment) ? 2 : 1;
}

/** As `String.padEnd`, but counts columns, not UTF-16 units. */
export function padText(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - measureText(text)));
}

/**
 * What must not reach a terminal from stored text: controls and line ends, which could command it; the signs that turn the
 * direction of text (Unicode TR 9), which could make a row read as another; half a surrogate pair, which is no text.
 */
const unsafeText = /[\p{Control}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}]/gu;

/** Replaces what could control the terminal. */
export function makeSafe(text: string): string {
  return text.replace(unsafeText, "\uFFFD");
}

/**
 * Breaks a text into lines at its spaces. A word that is longer than a line stays whole, so that it can be copied.
 * @param width columns of a line at most
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || measureText(longer) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Fewer columns than this would make a table of single words. */
const leastWidth = 40;

/**
 * @returns columns of a line: what COLUMNS says, else the terminal's; Infinity for a file or a pipe, where `grep` wants whole lines
 */
export function findLineWidth(stream: NodeJS.WriteStream = process.stdout): number {
  const wanted = Number(process.env.COLUMNS);
  if (Number.isInteger(wanted) && wanted > 0) return Math.max(wanted, leastWidth);
  return stream.isTTY ? Math.max(stream.columns || 80, leastWidth) : Infinity;
}
