/** Runs the commands of one page in one bash, as a reader does who pastes them one block after another. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface PageShell {
  /**
   * Runs a block, after those that it was given before. Its first command that fails ends the shell, and so does a variable that no
   * command before it has set.
   * @param lenient whether an HTTP request may be refused, because the page shows the answer
   * @returns what it prints @throws Error with its output if it fails
   */
  run(block: string, lenient: boolean): Promise<string>;
  end(): void;
}

export interface ShellSettings {
  folder: string;
  environment: Readonly<Record<string, string>>;
  /** Serves the demo with these `TLS_` settings: what `make run` does in another terminal. */
  serveTls: (settings: Readonly<Record<string, string>>) => Promise<void>;
}

/** The folder with the settings by which curl fails if an HTTP request is refused. */
export const strictCurl = "strict-curl";

/** Characters of standard error that a failure shows. */
const mostShown = 4_000;
const hasEnded = "A block before this one has failed and ended the shell of this page.";

/** What the shell prints behind the output of a block. */
const end = "\0";

/** The folder with programs in place of others. */
export const standIns = "stand-ins";

/** In place of `npx`, which itself takes half a second: it runs the compiled command. */
export const npxStandIn = `#!/bin/sh
if [ "$1" != polymint ]; then echo "the test of the docs has no npx $1" >&2; exit 1; fi
shift
exec node "$(dirname "$0")/../dist/src/cli/polymint.js" "$@"
`;

/** `make run` stays in the foreground of a terminal of its own; here it returns when the server serves. */
const prelude = `
set -euo pipefail
make() {
  case "$1" in
    run) printf '%s\\n' "$(env | grep '^TLS_' | tr '\\n' ' ')" >&3; read -r started <&4; [ "$started" = yes ] ;;
    codegen) command make --silent --old-file node_modules/.installed codegen ;;
    *) echo "the test of the docs has no make $1" >&2; return 1 ;;
  esac
}
`;

/** A block that was written to the shell, and has not ended. */
interface Waiting {
  resolve: (output: string) => void;
  reject: (error: Error) => void;
}

export function openShell({ folder, environment, serveTls }: ShellSettings): PageShell {
  const child = spawn("bash", ["-s"], { cwd: folder, env: environment, stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"] });
  const [stdin, stdout, stderr, report, answer] = child.stdio as [Writable, Readable, Readable, Readable, Writable];
  const waiting: Waiting[] = [];
  let output = "";
  let failures = "";
  stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = `${output}${chunk}`.split(end);
    output = parts.pop() ?? "";
    for (const printed of parts) waiting.shift()?.resolve(printed.replaceAll("\r", ""));
  });
  stderr.setEncoding("utf8").on("data", (chunk: string) => (failures += chunk));
  child.on("close", (code) => {
    const failure = new Error(`The shell ended with ${code}.\n${output}${failures.slice(-mostShown)}`);
    for (const [index, { reject }] of waiting.splice(0).entries()) reject(index === 0 ? failure : new Error(hasEnded));
  });
  for (const stream of [stdin, answer]) stream.on("error", () => undefined);
  createInterface(report).on("line", (line) => {
    const settings = line.split(" ").flatMap((word) => (word.includes("=") ? [word.split("=", 2) as [string, string]] : []));
    void serveTls(Object.fromEntries(settings)).then(
      () => answer.write("yes\n"),
      (error: unknown) => {
        failures += String(error);
        answer.write("no\n");
      },
    );
  });
  stdin.write(prelude);
  return {
    run: (block, lenient) => {
      if (child.exitCode !== null) return Promise.reject(new Error(hasEnded));
      return new Promise<string>((resolve, reject) => {
        waiting.push({ resolve, reject });
        // A block that is read from a file cannot take the rest of the script as its standard input.
        stdin.write(`export CURL_HOME=${lenient ? folder : join(folder, strictCurl)}\n{ ${block.trimEnd()}\n} </dev/null\nprintf '\\0'\n`);
      });
    },
    end: () => void child.kill(),
  };
}
