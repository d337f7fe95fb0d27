/** Reduces a name to its letters and digits, so that `client_id`, `clientId` and `Client-ID` are one. */
export function reduceName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Whether a name is one of these, however it is spelled. */
export function isNamed(name: string, known: readonly string[]): boolean {
  return known.includes(reduceName(name));
}

/** Finds the first of these names, in the order of `known`, among things that have a name. */
export function findNamed<Thing extends { name: string }>(things: readonly Thing[], known: readonly string[]): Thing | undefined {
  for (const word of known) {
    const found = things.find(({ name }) => reduceName(name) === word);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Joins words for a sentence: `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "none") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
