import { quoteForShell } from "../contracts/demo";

/** Quotes a word only where a shell would read something into it, because people read the banner. */
export function quoteWord(word: string): string {
  return /^[\w.,:/@%+=-]+$/.test(word) ? word : quoteForShell(word);
}
