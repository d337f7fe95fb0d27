/** Watches the random secrets that this process makes. */
import crypto from "node:crypto";

type RandomMethod = (this: unknown, ...all: unknown[]) => unknown;

/**
 * Reports every secret that this process makes at random: 32 bytes are a pepper, a master key or a credential, and a number
 * below a million is a one-time password. Nothing else is made with these calls.
 * @returns a function that stops it
 */
export function watchRandomSecrets(tell: (secrets: string[]) => void): () => void {
  const restore = [
    interceptResults("randomBytes", (size, made) => {
      if (size === 32) tell((["base64", "base64url", "hex"] as const).map((form) => (made as Buffer).toString(form)));
    }),
    interceptResults("randomInt", (below, made) => {
      if (below === 1_000_000) tell([String(made).padStart(6, "0")]);
    }),
  ];
  return () => {
    for (const each of restore) each();
  };
}

function interceptResults(name: "randomBytes" | "randomInt", look: (asked: unknown, made: unknown) => void): () => void {
  const make = crypto[name] as RandomMethod;
  const looking: RandomMethod = function (...all) {
    const made = make.apply(this, all);
    if (all.length === 1) look(all[0], made);
    return made;
  };
  Reflect.set(crypto, name, looking);
  return () => Reflect.set(crypto, name, make);
}
