import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CommandError } from "./errors";

/** Whether somebody sits there who can answer. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Asks a person, on standard error, so that standard output stays what the command prints.
 * @throws CommandError if they leave (Ctrl-C, Ctrl-D)
 */
export async function askQuestion(question: string, options: { hidden?: boolean } = {}): Promise<string> {
  const hidden = options.hidden ?? false;
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: hidden ? silence : process.stderr, terminal: true });
  const left = new AbortController();
  reader.on("close", () => left.abort());
  reader.on("SIGINT", () => left.abort());
  if (hidden) process.stderr.write(question);
  try {
    const answer = await reader.question(hidden ? "" : question, { signal: left.signal });
    if (hidden) process.stderr.write("\n");
    return answer;
  } catch (cause) {
    process.stderr.write("\n");
    throw new CommandError("cancelled", "cancelled; nothing was changed", cause);
  } finally {
    reader.close();
  }
}

/** Longer than any password that is accepted, in bytes. */
const longestInput = 1024;

/**
 * A password from standard input, without its last newline.
 * @throws CommandError if it cannot be one
 */
export async function readPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await askQuestion("Password: ", { hidden: true }) : (await readInput()).replace(/\r?\n$/, "");
  const length = Array.from(password).length;
  if (length < 8 || length > 128) throw new CommandError("usage", "a password has 8 to 128 characters; give it on standard input");
  if (/\p{Cc}/u.test(password)) throw new CommandError("usage", "a password has no line breaks or other control characters");
  if (password.trim() === "") throw new CommandError("usage", "a password is more than blanks");
  return password;
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longestInput) break;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks).subarray(0, longestInput));
  } catch (cause) {
    throw new CommandError("usage", "the password on standard input is not UTF-8", cause);
  }
}
/** @throws CommandError if nobody is there to be asked, so that nothing is opened for nothing */

export function requireTerminal(yes: boolean, what: string, deed = "delete"): void {
  if (!yes && !hasTerminal()) throw new CommandError("usage", `there is no terminal to ask on; add --yes to ${deed} the ${what}`);
}
/** @throws CommandError unless the answer is yes */

export async function requireConfirmation(question: string): Promise<void> {
  const answer = await askQuestion(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("cancelled", "nothing was changed");
}
