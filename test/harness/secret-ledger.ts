import { makeShortSecrets } from "./short-secrets";

/** What is shorter is looked for in another way; so the beginning of a secret is as long as this. */
const stem = 12;

/** What is a secret by its looks, whether or not anybody knows of it: server-made secrets, tokens, private keys. */
const looks = [/\bpm[a-z]_[\w-]{43}[0-9a-f]{8}/g, /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, /-----BEGIN [A-Z ]*PRIVATE KEY-----/g];

/** What in a text is a secret by its looks. */
export function secretsByLooks(text: string): string[] {
  return looks.flatMap((look) => [...text.matchAll(look)].map(([secret]) => secret));
}

/** Remembers every secret it is shown, and finds them in lines of logs. */
export interface SecretLedger {
  add(secrets: readonly string[]): void;
  /** The secrets that stand in a line. */
  findIn(line: string): string[];
}

export function makeSecretLedger(): SecretLedger {
  const byStem = new Map<string, Set<string>>();
  const short = makeShortSecrets();
  return {
    add: (secrets) => {
      for (const each of secrets) {
        // As it would stand in a line of JSON.
        const secret = JSON.stringify(each).slice(1, -1);
        if (each.length < stem) short.add(each);
        else {
          const start = secret.slice(0, stem);
          const known = byStem.get(start) ?? new Set();
          byStem.set(start, known.add(secret));
        }
      }
    },
    findIn: (line) => {
      const found = new Set<string>([...short.findIn(line), ...secretsByLooks(line)]);
      for (let at = 0; at + stem <= line.length; at += 1)
        for (const secret of byStem.get(line.slice(at, at + stem)) ?? []) if (line.startsWith(secret, at)) found.add(secret);
      return [...found];
    },
  };
}
