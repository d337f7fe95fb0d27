import type { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedExchange } from "../sandbox/recorder/exchange";
import type { ExchangeFilter } from "../store/sandbox/exchanges";
import { makeNumberParser, omitUndefined } from "./options";
import { addExamples, type Cell, type CommandOutput, formatTable, makeAction } from "./output";

interface RequestsOptions {
  contract?: string;
  client?: string;
  limit: number;
  follow?: true;
  json?: boolean;
}

/** Milliseconds between two looks. */
const followMs = 500;

/** `polymint sandbox requests` */
export function addSandboxRequests(sandbox: Command): void {
  const requests = sandbox
    .command("requests")
    .description(
      "what clients sent to servers with the sandbox and what they got, oldest first, without secrets; the newest thousand are kept",
    )
    .option("--contract <name>", "only for this contract or service")
    .option("--client <id>", "only of this client, which it proved to be")
    .option("--limit <n>", "the newest so many", makeNumberParser(1, 1_000), 20)
    .option("--follow", "go on with those that come, until Ctrl-C; with --json a line each")
    .action(async (options: RequestsOptions, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      if (options.follow === true) return followRequests(options, json === true);
      return makeAction(() => showRequests(options))(command);
    });
  addExamples(requests, "sandbox requests", "sandbox requests --contract abbeycross --follow", "sandbox requests --limit 1 --json");
}

async function showRequests(options: RequestsOptions): Promise<CommandOutput> {
  const { toExchangeJson } = await import("../sandbox/recorder/exchange.js");
  const exchanges = await withExchanges((list) => list(toFilter(options)));
  const text = exchanges.length === 0 ? "There are no such requests." : formatTable(headings, exchanges.map(formatCells));
  return { json: { requests: exchanges.map(toExchangeJson) }, text };
}

async function followRequests(options: RequestsOptions, asJson: boolean): Promise<void> {
  const { toExchangeJson } = await import("../sandbox/recorder/exchange.js");
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
  await withExchanges(async (list) => {
    let filter = toFilter(options);
    while (!stopped.signal.aborted) {
      const exchanges = await list(filter);
      for (const each of exchanges) process.stdout.write(`${asJson ? JSON.stringify(toExchangeJson(each)) : formatLine(each)}\n`);
      const last = exchanges.at(-1)?.id ?? filter.after ?? 0;
      filter = { ...filter, after: last };
      await sleep(followMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  });
}

async function withExchanges<T>(work: (list: (filter: ExchangeFilter) => Promise<RecordedExchange[]>) => Promise<T>): Promise<T> {
  const { withSession } = await import("./session.js");
  const { makeExchangeStore } = await import("../store/sandbox/exchanges.js");
  const { toRecordedExchange } = await import("../sandbox/recorder/index.js");
  return withSession(({ database }) => {
    const store = makeExchangeStore(database);
    return work(async (filter) => (await store.list(filter)).map(toRecordedExchange));
  });
}

function toFilter({ contract, client, limit }: RequestsOptions): ExchangeFilter {
  return { ...omitUndefined({ contract, clientId: client }), limit };
}

const headings = ["ID", "TIME", "CONTRACT", "CLIENT", "REQUEST", "STATUS", "REFUSAL", "MS"];

function formatCells({ id, at, contract, clientId, method, path, status, refusal, durationMs }: RecordedExchange): Cell[] {
  return [id, new Date(at).toISOString(), contract, clientId, `${method} ${path}`, status ?? "none", refusal, durationMs];
}

function formatLine(exchange: RecordedExchange): string {
  return formatCells(exchange)
    .map((cell) => cell ?? "-")
    .join("  ");
}
