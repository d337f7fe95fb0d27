import { describeJwt } from "./describe-jwt";

/** Stands where a value was that may be secret. */
export const redactedText = "[redacted]";

const longestText = 500;
/** Of an exchange that has more of anything, no text is shown: to look for every secret in every text would take too long. */
export const most = { members: 100, depth: 20, secrets: 200, texts: 1_000 };
/** Shorter values occur in texts by accident. */
const shortestSecret = 4;

/** Secrets of this server, JWTs also without their ends, and what stands before the host of a URL. */
const secretShapes = /\bpm[a-z]_[\w-]{20,}|\beyJ[\w.-]{10,}|(?<=:\/\/)[^/?#\s]+(?=@)/g;

/** What is known of an exchange beside its bytes. */
export interface RedactedFacts {
  /** An authenticated client, whose id is shown. */
  clientId: string | undefined;
  correlationId: string | undefined;
}

/** The texts of one exchange. */
export interface Texts {
  /** Remembers a text, and says what stands in its place. */
  hide: (text: string) => string;
  /** Shows a text, except for what was hidden before and what has the shape of a secret. */
  show: (text: string) => string;
  /** Shows no text from now on. @returns what stands in place of a value */
  giveUp: () => string;
}

export function makeTexts({ clientId, correlationId }: RedactedFacts): Texts {
  const hidden = new Set<string>();
  let shownTexts = 0;
  let hasGivenUp = false;
  const giveUp = (): string => {
    hasGivenUp = true;
    return redactedText;
  };
  return {
    giveUp,
    hide: (text) => {
      if (text === "" || text === clientId || text === correlationId) return text;
      if (text.length >= shortestSecret) hidden.add(text);
      if (hidden.size > most.secrets) giveUp();
      return describeJwt(text) ?? redactedText;
    },
    show: (text) => {
      shownTexts += 1;
      if (shownTexts > most.texts) giveUp();
      if (hasGivenUp) return redactedText;
      let shown = text;
      for (const secret of hidden) shown = shown.replaceAll(secret, redactedText);
      shown = shown.replaceAll(secretShapes, redactedText);
      // Cut last: half a secret would not be recognized.
      return shown.length > longestText ? `${shown.slice(0, longestText)} […]` : shown;
    },
  };
}

/** Hides both halves of a credential of HTTP Basic (RFC 7617 §2). */
export function hideBasic(encoded: string, hide: (text: string) => string): void {
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  for (const half of [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]) {
    hide(half);
    // Clients may have encoded each half (RFC 6749 §2.3.1).
    hide(decodeHalf(half));
  }
}

function decodeHalf(half: string): string {
  try {
    return decodeURIComponent(half.replaceAll("+", " "));
  } catch {
    return half;
  }
}
