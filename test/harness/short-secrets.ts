/** Finds short secrets, such as one-time passwords, in log lines. */
/** Finds secrets that are too short to be searched for anywhere in a line. */
export interface ShortSecrets {
  add(secret: string): void;
  findIn(line: string): string[];
}

/** Shorter texts protect nothing. */
const shortestSecret = 4;

/**
 * A short text can be in a log by accident: "wrong" is a guessed secret in one test and a word elsewhere, and six digits are an
 * OTP or part of a time. So each is searched for only where nothing but a leak can have put it:
 * - a code (digits alone, or eight letters as a device shows them) by itself in any text, or as a number that is no
 *   measure; with or without its dash, in either case
 * - a mix of letters with other characters, as in good passwords, between blanks, quotes or punctuation in any text
 * - any other word as a whole text, in quotes, or after an equals sign
 * Members whose words come from the server (the contract, the grant, the outcome, the client) are not searched, except for
 * codes.
 */
export function makeShortSecrets(): ShortSecrets {
  const codes = new Map<string, string>();
  const distinctive = new Set<string>();
  const words = new Set<string>();
  return {
    add(secret) {
      if (secret.length < shortestSecret) return;
      if (isCode(secret)) codes.set(normalizeCode(secret), secret);
      else if (isDistinctive(secret)) distinctive.add(secret);
      words.add(secret);
    },
    findIn(line) {
      const found = new Set<string>();
      const note = (secret: string | undefined): void => {
        if (secret !== undefined) found.add(secret);
      };
      for (const { name, text } of textsOf(line)) {
        for (const [candidate] of text.matchAll(codeLike)) note(codes.get(normalizeCode(candidate)));
        if (ownWords.has(name)) continue;
        for (const candidate of text.split(/[\s"'`=,;()[\]{}<>]+/))
          for (const each of [candidate, candidate.replace(/[.:!?]+$/, "")]) if (distinctive.has(each)) note(each);
        const quoted = [...text.matchAll(/(["'`])(.+?)\1|=([^\s&,;)]+)/g)].flatMap(([, , inner, value]) => inner ?? value ?? []);
        for (const candidate of [text, ...quoted]) if (words.has(candidate)) note(candidate);
      }
      return [...found];
    },
  };
}

/** Not part of a longer word, of a number with decimals, or of an id with dashes. */
const codeLike = /(?<!\w|-|\d\.)(?:\d{6,11}|[A-Z]{4}-?[A-Z]{4})(?!\w|-|\.\d)/gi;

function isCode(secret: string): boolean {
  return /^(?:\d{6,11}|[BCDFGHJKLMNPQRSTVWXZ]{4}-?[BCDFGHJKLMNPQRSTVWXZ]{4})$/i.test(secret);
}

function normalizeCode(code: string): string {
  return code.replace("-", "").toUpperCase();
}

function isDistinctive(secret: string): boolean {
  return /[a-z]/i.test(secret) && /[^a-z._\s-]/i.test(secret) && !/[\s"'`=,;()[\]{}<>]/.test(secret);
}

/** Members whose values come from the server's code, or from its database before the request. */
const ownWords = new Set(["msg", "contract", "grant", "outcome", "client", "kid", "kids", "jti", "problems"]);
/** Members whose values are counted or measured. */
const measures = new Set(["level", "time", "pid", "status", "durationMs", "worker"]);

interface Text {
  /** The name of the outermost member; empty for a line that is no JSON. */
  name: string;
  text: string;
}

function textsOf(line: string): Text[] {
  try {
    const members = JSON.parse(line) as unknown;
    if (typeof members === "object" && members !== null)
      return Object.entries(members).flatMap(([name, value]) => leafTexts(name, value).map((text) => ({ name, text })));
  } catch {
    // A line that is no JSON is one text.
  }
  return [{ name: "", text: line }];
}

function leafTexts(name: string, value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return measures.has(name) ? [] : [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...leafTexts(key, each)]);
}
