/** Finds those secrets in a line of a log that are too short to be looked for just anywhere in it. */
export interface ShortSecrets {
  add(secret: string): void;
  findIn(line: string): string[];
}

/** What keeps nothing from anybody. */
const shortestSecret = 4;

/**
 * A short text stands in a log by accident: "wrong" is a guess at a secret in one place and a word in another, and six
 * digits are an OTP or part of a time. So each is looked for where it could only stand because somebody put it there:
 * - a code (digits alone, or eight letters as a device shows them) by itself in any text, or as a number that is no
 *   measure; with or without dash, in either case
 * - what mixes letters with other characters, as good passwords do, between blanks, quotes or punctuation in any text
 * - any other word as the whole of a text, in quotes, or after an equals sign
 * What the server says in words of its own (the contract, the grant, the outcome, the client it knows) is none of these
 * texts, but a code is looked for there too.
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

/** Not part of a longer word, of a number with decimals, nor of an id in which dashes join many. */
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

/** Members whose values the server has from its own code, or from what it had stored before the request came. */
const ownWords = new Set(["msg", "contract", "grant", "outcome", "client", "kid", "kids", "jti", "problems"]);
/** Members whose values are counted or measured. */
const measures = new Set(["level", "time", "pid", "status", "durationMs", "worker"]);

interface Text {
  /** Of the outermost member; empty for a line that is no JSON. */
  name: string;
  text: string;
}

function textsOf(line: string): Text[] {
  try {
    const members = JSON.parse(line) as unknown;
    if (typeof members === "object" && members !== null)
      return Object.entries(members).flatMap(([name, value]) => leafTexts(name, value).map((text) => ({ name, text })));
  } catch {
    // What is no JSON is one text.
  }
  return [{ name: "", text: line }];
}

function leafTexts(name: string, value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return measures.has(name) ? [] : [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...leafTexts(key, each)]);
}
