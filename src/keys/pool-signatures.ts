import { type SignKeyObjectInput, sign } from "node:crypto";

/** Signatures that wait for the others at most. A smaller number answers sooner, a larger one saves more. */
const mostThatWait = 8;

/**
 * Makes a function that signs in libuv's thread pool and hands finished signatures on several at a time: when eight are finished,
 * or no other is being made. The pool finishes them one by one, so without this every request would go on in a turn of the event
 * loop of its own: docs/decisions.md, "Requests go on together".
 * @returns a function that returns the signature over `bytes` as base64url, with SHA-256; it rejects with what OpenSSL throws
 */
export function makePoolSigner(): (bytes: Buffer, key: SignKeyObjectInput) => Promise<string> {
  let beingMade = 0;
  let finished: (() => void)[] = [];

  function handOn(): void {
    const together = finished;
    finished = [];
    for (const settle of together) settle();
  }

  return (bytes, key) =>
    new Promise((resolve, reject) => {
      sign("sha256", bytes, key, (error, signature) => {
        beingMade -= 1;
        finished.push(error === null ? () => resolve(signature.toString("base64url")) : () => reject(error));
        if (beingMade === 0 || finished.length === mostThatWait) handOn();
      });
      beingMade += 1;
    });
}
