import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { callback, type InteropServer } from "../interop-server";
import { makeFormVisitor } from "../visitors";
import type { PreparedProgram } from "./prepare";

/** What a program got for a login. Objects that a program does not print are undefined. */
export type LogInAnswer = Partial<Record<string, Record<string, unknown>>>;

/** A started program that prints lines of JSON. */
export interface RunningProgram {
  /** Waits for the next line. @throws Error with the standard error if the program ended without one */
  answer: () => Promise<unknown>;
  /** Sends a line. */
  tell: (line: string) => void;
  /** Ends the program if it still runs. */
  stop: () => Promise<void>;
}

/** @param settings the first line of input: secrets must not be among the arguments of a process */
function startProgram(prepared: PreparedProgram, settings: Readonly<Record<string, unknown>>): RunningProgram {
  if (typeof prepared === "string") throw new Error(prepared);
  const { command, args, environment } = prepared;
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...environment } });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let words = "";
  // A program that could not be started, or that ended early, shows in the missing answer.
  for (const emitter of [child, child.stdin]) emitter.on("error", (error) => (words += error.message));
  child.stderr.on("data", (text: Buffer) => (words += text.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const tell = (line: string) => void child.stdin.write(`${line}\n`);
  tell(JSON.stringify(settings));
  return {
    answer: async () => {
      const line = await lines.next();
      if (line.done !== true) return JSON.parse(line.value) as unknown;
      await ended;
      throw new Error(`${command} ended without an answer:\n${words}`);
    },
    tell,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** Starts a program, and ends it if it still runs after its use. */
export async function withProgram<T>(
  prepared: PreparedProgram,
  settings: Readonly<Record<string, unknown>>,
  use: (program: RunningProgram) => Promise<T>,
): Promise<T> {
  const program = startProgram(prepared, settings);
  try {
    return await use(program);
  } finally {
    await program.stop();
  }
}

/** Lets a program log the person in by the code flow, with `offline_access` as OpenID Connect names it. @returns what it got */
export async function logIn(prepared: PreparedProgram, server: InteropServer): Promise<LogInAnswer> {
  const { id, secret } = server.clients.app;
  const scope = "openid email profile offline_access";
  const settings = { issuer: server.issuer.origin, clientId: id, clientSecret: secret, redirectUri: callback, scope, ca: server.ca };
  return withProgram(prepared, settings, async ({ answer, tell }) => {
    const { url } = (await answer()) as { url: string };
    tell((await makeFormVisitor().agree(server, new URL(url))).href);
    return (await answer()) as LogInAnswer;
  });
}

/**
 * Defines the tests of a program. If it cannot be started here, they are skipped, and a message says why.
 * @param prepare what `make test` has done before already
 */
export function describeProgram(name: string, prepare: () => PreparedProgram, define: (prepared: PreparedProgram) => void): void {
  const prepared = prepare();
  const missing = typeof prepared === "string";
  if (missing) process.stderr.write(`${prepared}: the tests with ${name} are skipped.\n`);
  // Skipped only without the package manager, or where it cannot fetch the packages.
  (missing ? describe.skip : describe)(name, () => define(prepared));
}
