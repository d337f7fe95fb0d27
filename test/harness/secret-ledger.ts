/** Remembers the secrets of a test file and finds them in log lines. */
import { makeShortSecrets } from "./short-secrets";

/** The number of characters at the beginning of a secret by which it is found. `short-secrets.ts` finds shorter secrets. */
const stemLength = 12;

/** The shape of secrets that are recognised without being known: server-made secrets, tokens, private keys. */
const secretShapes = [/\bpm[a-z]_[\w-]{43}[0-9a-f]{8}/g, /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, /-----BEGIN [A-Z ]*PRIVATE KEY-----/g];

/** Finds what has the shape of a secret. */
export function secretsByLooks(text: string): string[] {
  return secretShapes.flatMap((shape) => [...text.matchAll(shape)].map(([secret]) => secret));
}

/** Remembers secrets, and finds them in lines of logs. */
export interface SecretLedger {
  add(secrets: readonly string[]): void;
  /** @returns the secrets in a line */
  findIn(line: string): string[];
}

export function makeSecretLedger(): SecretLedger {
  const byStem = new Map<string, Set<string>>();
  const short = makeShortSecrets();
  return {
    add: (secrets) => {
      for (const each of secrets) {
        // Escaped as in a line of JSON.
        const secret = JSON.stringify(each).slice(1, -1);
        if (each.length < stemLength) short.add(each);
        else {
          const start = secret.slice(0, stemLength);
          const known = byStem.get(start) ?? new Set();
          byStem.set(start, known.add(secret));
        }
      }
    },
    findIn: (line) => {
      const found = new Set<string>([...short.findIn(line), ...secretsByLooks(line)]);
      for (let at = 0; at + stemLength <= line.length; at += 1)
        for (const secret of byStem.get(line.slice(at, at + stemLength)) ?? []) if (line.startsWith(secret, at)) found.add(secret);
      return [...found];
    },
  };
}
