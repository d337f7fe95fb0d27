import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CommandError } from "./errors";

/** Whether a person can answer questions: input and questions both go to a terminal. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Asks a person on standard error, because standard output is for the result of the command.
 * @throws CommandError if the person cancels (Ctrl-C, Ctrl-D)
 */
export async function askQuestion(question: string, options: { hidden?: boolean } = {}): Promise<string> {
  const hidden = options.hidden ?? false;
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: hidden ? silence : process.stderr, terminal: true });
  const cancellation = new AbortController();
  reader.on("close", () => cancellation.abort());
  reader.on("SIGINT", () => cancellation.abort());
  if (hidden) process.stderr.write(question);
  try {
    const answer = await reader.question(hidden ? "" : question, { signal: cancellation.signal });
    if (hidden) process.stderr.write("\n");
    return answer;
  } catch (cause) {
    process.stderr.write("\n");
    throw new CommandError("cancelled", "cancelled; nothing was changed", cause);
  } finally {
    reader.close();
  }
}

/** Bytes; longer than any accepted password. */
const longestInput = 1024;

/**
 * Reads a password from standard input, without the newline at its end. Only `hashNewPassword` judges it.
 * @throws CommandError if it is no text
 */
export async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) return askQuestion("Password: ", { hidden: true });
  return (await readInput()).replace(/\r?\n$/, "");
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

/**
 * Makes sure that a confirmation can be asked for, before the database is opened.
 * @param yes the operator has confirmed with `--yes`
 * @throws CommandError if there is neither a confirmation nor a terminal
 */
export function requireTerminal(yes: boolean, noun: string, verb = "delete"): void {
  if (!yes && !hasTerminal()) throw new CommandError("usage", `there is no terminal to ask on; add --yes to ${verb} the ${noun}`);
}

/** Asks a yes-or-no question. @throws CommandError unless the answer is yes */
export async function requireConfirmation(question: string): Promise<void> {
  const answer = await askQuestion(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("cancelled", "nothing was changed");
}
