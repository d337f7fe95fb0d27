/** Runs the commands of one page in one bash, as a reader does who pastes them one block after another. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface PageShell {
  /**
   * Runs a block. Its first command that fails ends the shell, and so does a variable that no command before it has set.
   * @param lenient whether an HTTP request may be refused, because the page shows the answer
   * @returns what it prints @throws Error with its output if it fails
   */
  run(block: string, lenient: boolean): Promise<string>;
  end(): void;
}

export interface ShellSettings {
  folder: string;
  environment: Readonly<Record<string, string>>;
  /** Starts the demo again with these settings: what `make run` does in another terminal. */
  restart: (settings: Readonly<Record<string, string>>) => Promise<void>;
}

/** The folder with the settings by which curl fails if an HTTP request is refused. */
export const strictCurl = "strict-curl";

/** What the shell prints behind the output of a block. */
const end = "\0";

/**
 * `npx polymint` is the compiled command: npx itself takes half a second. `make run` stays in the foreground of a terminal of its own;
 * here it returns when the server serves.
 */
const prelude = `
set -euo pipefail
npx() {
  if [ "$1" != polymint ]; then echo "the test of the docs has no npx $1" >&2; return 1; fi
  shift; node dist/src/cli/polymint.js "$@"
}
make() {
  case "$1" in
    run) printf '%s\\n' "$(env | grep '^TLS_' | tr '\\n' ' ')" >&3; read -r started <&4; [ "$started" = yes ] ;;
    codegen) command make --silent --old-file node_modules/.installed codegen ;;
    *) echo "the test of the docs has no make $1" >&2; return 1 ;;
  esac
}
`;

export function openShell({ folder, environment, restart }: ShellSettings): PageShell {
  const child = spawn("bash", ["-s"], { cwd: folder, env: environment, stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"] });
  const [stdin, stdout, stderr, report, answer] = child.stdio as [Writable, Readable, Readable, Readable, Writable];
  let output = "";
  let failures = "";
  let onEnd: ((code: number) => void) | undefined;
  stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (output.endsWith(end)) onEnd?.(0);
  });
  stderr.setEncoding("utf8").on("data", (chunk: string) => (failures += chunk));
  for (const stream of [stdin, answer]) stream.on("error", () => undefined);
  child.on("close", (code) => onEnd?.(code ?? -1));
  createInterface(report).on("line", (line) => {
    const settings = line.split(" ").flatMap((word) => (word.includes("=") ? [word.split("=", 2) as [string, string]] : []));
    void restart(Object.fromEntries(settings)).then(
      () => answer.write("yes\n"),
      (error: unknown) => {
        failures += String(error);
        answer.write("no\n");
      },
    );
  });
  stdin.write(prelude);
  return {
    run: async (block, lenient) => {
      if (child.exitCode !== null) throw new Error("A block before this one has failed and ended the shell of this page.");
      [output, failures] = ["", ""];
      const code = await new Promise<number>((resolve) => {
        onEnd = resolve;
        // A block that is read from a file cannot take the rest of the script as its standard input.
        stdin.write(`export CURL_HOME=${lenient ? folder : join(folder, strictCurl)}\n{ ${block.trimEnd()}\n} </dev/null\nprintf '\\0'\n`);
      });
      if (code !== 0) throw new Error(`The shell ended with ${code}.\n${output}${failures}`);
      return output.slice(0, -end.length).replaceAll("\r", "");
    },
    end: () => void child.kill(),
  };
}
