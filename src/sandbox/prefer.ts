/** Preferences by their names, in lower case. */
export type Preferences = ReadonlyMap<string, string>;

/** A token, and the inside of a quoted string (RFC 9110 §5.6.2, §5.6.4). Sticky, so that each character is looked at once. */
const token = /[!#$%&'*+.^_`|~\dA-Za-z-]+/y;
const quoted = /"((?:[^"\\]|\\[^])*)"/y;
const blanks = /[ \t]*/y;

/**
 * Parses the header `Prefer`; Node has joined several of them by commas. Of a preference that is there twice, the first counts, and
 * parameters are passed over (RFC 7240 §2). What cannot be read is passed over up to the next comma: a preference is a wish, and
 * never makes a request invalid.
 */
export function parsePrefer(header: string): Preferences {
  const found = new Map<string, string>();
  let at = 0;

  function read(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    at += match?.[0].length ?? 0;
    return match;
  }
  function skip(): void {
    read(blanks);
  }
  /** Reads `name` or `name = word`. @returns undefined where there is none */
  function readPair(): [name: string, value: string] | undefined {
    skip();
    const name = read(token)?.[0];
    if (name === undefined) return undefined;
    skip();
    if (header[at] !== "=") return [name.toLowerCase(), ""];
    at += 1;
    skip();
    const inQuotes = read(quoted)?.[1]?.replaceAll(/\\([^])/g, "$1");
    return [name.toLowerCase(), inQuotes ?? read(token)?.[0] ?? ""];
  }
  /** Goes to the next comma that is not in a quoted string. After a quote that nothing closes, the rest cannot be read. */
  function leave(): void {
    while (at < header.length && header[at] !== ",") {
      if (read(quoted) !== null) continue;
      at = header[at] === '"' ? header.length : at + 1;
    }
    at += 1;
  }

  while (at < header.length) {
    const pair = readPair();
    if (pair !== undefined && !found.has(pair[0])) found.set(...pair);
    leave();
  }
  return found;
}
