/** Text as one word of a POSIX shell, for the demo commands. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
