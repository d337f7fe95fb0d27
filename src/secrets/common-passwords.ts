/**
 * Passwords that guessers try first: the 49,233 of a public list, most of them from leaks, and the words of its list for dice. Only 308
 * of those passwords have 12 characters or more, so a common one with digits, signs, capitals or repetitions counts as common too.
 */

/** A pattern of fewer parts than this is guessed as fast as a short password (ASVS 6.2.1). */
const fewestParts = 8;

/** Shorter pieces of names are in too many good passwords. */
const shortestOwnWord = 3;

/**
 * @param ownWords names and addresses of the password's owner
 * @returns whether the password is a pattern such as `123456789abc`, or nothing but one common password and words of the owner, each as
 *   often as the person likes, with digits and signs around or in the place of letters
 */
export async function isCommonPassword(password: string, ownWords: readonly string[]): Promise<boolean> {
  const text = fold(password);
  if (countParts(shortenRepetition(text)) < fewestParts) return true;
  const common = await loadCommonPasswords();
  const own = splitWords(ownWords);
  return listCores(text).some((core) => common.has(core) || isOwn(core, own, common));
}

let commonPasswords: Promise<ReadonlySet<string>> | undefined;

/** Takes 45 ms and 4 MB, so it is loaded with the first password that is set, which a server never does. */
function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  commonPasswords ??= import("@zxcvbn-ts/language-common").then(({ dictionary }) => new Set(Object.values(dictionary).flat()));
  return commonPasswords;
}

/** Compatibility forms, such as full-width letters, are the same to a guesser. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Splits names and addresses into words. The longest come first, since a shorter one may be a part of them. */
function splitWords(texts: readonly string[]): string[] {
  const words = texts.flatMap((text) => fold(text).split(/[^\p{L}]/u));
  return words.filter((word) => word.length >= shortestOwnWord).sort((one, other) => other.length - one.length);
}

/** What may be left of a password when digits and signs are taken away, and when those that stand for letters become letters again. */
function listCores(text: string): string[] {
  const characters = Array.from(text);
  const trimmed = [
    characters,
    trim(characters, isLetterOrDigit),
    characters.slice(0, countUntilLast(characters, isLetter)),
    trim(characters, isLetter),
  ];
  const cores = trimmed.flatMap((some) => [
    some.join(""),
    keepLetters(some),
    keepLetters(some.map(readAsI)),
    keepLetters(some.map(readAsL)),
  ]);
  return [...new Set(cores)].map(shortenRepetition);
}

const isLetter = (character: string): boolean => /\p{L}/u.test(character);
const isLetterOrDigit = (character: string): boolean => /[\p{L}\p{N}]/u.test(character);
const keepLetters = (characters: readonly string[]): string => characters.filter(isLetter).join("");

function trim(characters: readonly string[], isKept: (character: string) => boolean): string[] {
  const start = characters.findIndex(isKept);
  return start === -1 ? [] : characters.slice(start, countUntilLast(characters, isKept));
}

function countUntilLast(characters: readonly string[], isKept: (character: string) => boolean): number {
  return characters.findLastIndex(isKept) + 1;
}

/** Usual replacements of letters, as in `p@$$w0rd`. A 1 may be an i or an l. */
const replacements = new Map(Object.entries({ "@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", $: "s", "5": "s", "7": "t" }));
const readAsI = (character: string): string => replacements.get(character) ?? character;
const readAsL = (character: string): string => (character === "1" ? "l" : readAsI(character));

/** Whether nothing is left without the owner's words, or another common password is. */
function isOwn(core: string, own: readonly string[], common: ReadonlySet<string>): boolean {
  const rest = own.reduce((text, word) => text.replaceAll(word, ""), core);
  return rest !== core && (rest.length < shortestOwnWord || common.has(rest));
}

/** @returns the shortest text that the given one repeats from beginning to end, or the text itself */
function shortenRepetition(text: string): string {
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return text.slice(0, period);
  }
  return text;
}

/** Counts characters, three or more that are equal or follow each other (`aaa`, `123`, `cba`, `890`) as one. */
function countParts(text: string): number {
  let parts = 0;
  for (let start = 0; start < text.length; parts += 1) {
    const step = findStep(text, start);
    let end = start + 1;
    while (Math.abs(step) <= 1 && end < text.length && findStep(text, end - 1) === step) end += 1;
    start = end - start >= 3 ? end : start + 1;
  }
  return parts;
}

/** @returns how far the next character is from this one; 0 follows 9, as on a keyboard. NaN at the end */
function findStep(text: string, index: number): number {
  const pair = text.slice(index, index + 2);
  if (pair === "90") return 1;
  if (pair === "09") return -1;
  return text.charCodeAt(index + 1) - text.charCodeAt(index);
}
