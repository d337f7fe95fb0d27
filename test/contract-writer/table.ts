/**
 * The table of `make contracts-table`: for each vendor's file, in a fresh copy of the checkout, the time until `polymint contract add` has
 * ended and until a token has come of the printed curl, as a person has it who runs `make run` next.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { findToken } from "../../src/contract-suite/find-token";
import { removeDataFolder } from "../cli/command";
import { type Checkout, makeCheckout } from "../harness/checkout";
import { compileRelease } from "../harness/compiled";
import { freePort, readBannerCurls, runInShell } from "../harness/installed-server";
import { listVendorFiles, root } from "./vendor-files";

const usage = `make contracts-table ARGS="[--json] [FILE...]", or: npx tsx test/contract-writer/table.ts [--json] [FILE...]
  FILE     OpenAPI files; default the fixtures, and what stands in ../shared/vendor-specs
  --json   print the rows as JSON

Exits with 1 if a file needs an edit, fails, or takes more than 10 s to be added or 60 s to its first token.`;

const mostSeconds = { add: 10, token: 60 };
const command = join("dist", "src", "cli", "polymint.js");
const sources = ["openapi", "src", "generated", "test"];

interface Row {
  file: string;
  bytes: number;
  addSeconds?: number;
  /** From the start of `contract add`. */
  tokenSeconds?: number;
  /** Files that were changed by hand, or by any program after `contract add`. */
  handEdits?: number;
  linesWritten?: number;
  failure?: string;
}

async function measure(file: string): Promise<Row> {
  const row: Row = { file: basename(file), bytes: statSync(file).size };
  const checkout = makeCheckout();
  try {
    // The command comes of a build that the person has already made.
    cpSync(join(compileRelease(root), "dist"), join(checkout.folder, "dist"), { recursive: true });
    const started = performance.now();
    const seconds = () => Math.round((performance.now() - started) / 100) / 10;
    const { code, output } = await runCommand(checkout, "contract", "add", file, "--json");
    if (code !== 0) return { ...row, failure: output.trim() };
    row.addSeconds = seconds();
    const { name, files } = JSON.parse(output) as { name: string; files: string[] };
    row.linesWritten = countLines(checkout, files);
    const written = checkout.readTexts(...sources);
    await getToken(checkout, name);
    row.tokenSeconds = seconds();
    const after = checkout.readTexts(...sources);
    row.handEdits = [...after].filter(([path, text]) => written.get(path) !== text).length;
    return row;
  } catch (error) {
    return { ...row, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    await removeDataFolder(checkout.folder);
  }
}

function runCommand({ folder }: Checkout, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { cwd: folder }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout === "" ? stderr : stdout }),
    );
  });
}

/** What is generated from the spec is not counted. */
function countLines({ folder }: Checkout, files: readonly string[]): number {
  const texts = files.filter((path) => !path.startsWith("generated/")).map((path) => readFileSync(join(folder, path), "utf8"));
  return texts.reduce((lines, text) => lines + text.split("\n").length - 1, 0);
}

/** Does what `make run` does, without the package manager, and then what a person does: pastes the curl. */
async function getToken(checkout: Checkout, name: string): Promise<void> {
  const build = await checkout.runNode(join("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json");
  if (build.code !== 0) throw new Error(`the build failed:\n${build.output}`);
  const port = String(await freePort());
  const env = { PATH: process.env.PATH ?? "", PORT: port, POLYMINT_DATA: join(checkout.folder, "data"), DRAIN_ACCEPT_MS: "100" };
  const server = spawn(process.execPath, [command, "serve", "--demo"], { cwd: checkout.folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    const curl = readBannerCurls(await readBanner(server))[name];
    if (curl === undefined) throw new Error(`make run prints no curl for ${name}`);
    findToken({ text: await runInShell(curl) });
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
}

async function readBanner(server: ChildProcess): Promise<string> {
  let banner = "";
  for (const output of [server.stdout, server.stderr]) output?.on("data", (chunk: Buffer) => (banner += chunk.toString()));
  while (!banner.includes("Ctrl-C stops")) {
    if (server.exitCode !== null) throw new Error(`the server ended:\n${banner}`);
    await sleep(25);
  }
  return banner;
}

function hasPassed({ addSeconds = Infinity, tokenSeconds = Infinity, handEdits, failure }: Row): boolean {
  return failure === undefined && handEdits === 0 && addSeconds <= mostSeconds.add && tokenSeconds <= mostSeconds.token;
}

/** A table in Markdown, as it stands in docs/a-sixth-contract.md. */
function formatRows(rows: readonly Row[]): string {
  const lines = rows.map(({ file, bytes, addSeconds, tokenSeconds, handEdits, linesWritten, failure }) =>
    [
      `\`${file}\``,
      formatSize(bytes),
      addSeconds ?? "-",
      tokenSeconds ?? failure?.split("\n")[0] ?? "-",
      handEdits ?? "-",
      linesWritten ?? "-",
    ].join(" | "),
  );
  const head = ["file", "size", "seconds of `contract add`", "seconds to the first token", "hand edits", "lines written"].join(" | ");
  return [`| ${head} |`, "| --- | --- | --- | --- | --- | --- |", ...lines.map((line) => `| ${line} |`)].join("\n");
}

function formatSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(Math.round(bytes / 1e3), 1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function main(): Promise<void> {
  const options = { json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const rows: Row[] = [];
  // One after another, or each would slow the others.
  for (const file of positionals.length > 0 ? positionals : listVendorFiles()) {
    process.stderr.write(`measuring ${basename(file)} …\n`);
    rows.push(await measure(resolve(file)));
  }
  process.stdout.write(`${values.json ? JSON.stringify(rows, null, 2) : formatRows(rows)}\n`);
  for (const row of rows.filter((each) => !hasPassed(each)))
    process.stderr.write(`${row.file}: ${row.failure ?? "was edited, or took too long"}\n`);
  if (!rows.every(hasPassed)) process.exitCode = 1;
}

void main();
