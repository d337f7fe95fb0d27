import type { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedExchange } from "../sandbox/recorder/exchange";
import type { ExchangeFilter } from "../store/sandbox/exchanges";
import { omitUndefined } from "./options";
import { addExamples, type Cell, type CommandOutput, formatTable, makeAction } from "./output";
import { addPageOptions, formatPage, type Page, type PageOptions, readPage } from "./paging";

interface RequestsOptions extends PageOptions {
  contract?: string;
  client?: string;
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
      "the exchanges that the recorder keeps: what clients sent and what they got, oldest first, without secrets; the newest thousand",
    )
    .option("--contract <name>", "only for this contract or service")
    .option("--client <id>", "only of callers that proved to be this client")
    .option("--follow", "go on with those that come, until Ctrl-C; with --json a line each");
  addPageOptions(requests, /^\d{1,15}$/, "those after this ID, the oldest first; the newest of all otherwise").action(
    async (options: RequestsOptions, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      if (options.follow === true) return followRequests(options, json === true);
      return makeAction(() => showRequests(options))(command);
    },
  );
  addExamples(
    requests,
    "sandbox requests",
    "sandbox requests --contract abbeycross --follow",
    "sandbox requests --limit 1 --json",
    "sandbox requests --after 0 --limit 1000",
  );
}

async function showRequests(options: RequestsOptions): Promise<CommandOutput> {
  const { toExchangeJson } = await import("../sandbox/recorder/exchange.js");
  const { rows, next } = await withExchanges((list) => readExchanges(list, options));
  const text = rows.length === 0 ? "There are no such requests." : formatTable(headings, rows.map(formatCells));
  return formatPage({ json: { requests: rows.map(toExchangeJson) }, text }, next);
}

/** Without `--after` they are the newest, and the list ends with them. */
async function readExchanges(list: ListExchanges, options: RequestsOptions): Promise<Page<RecordedExchange>> {
  const filter = toFilter(options);
  if (options.after === undefined) return { rows: await list(filter), next: null };
  return readPage(
    options,
    ({ limit }) => list({ ...filter, limit }),
    ({ id }) => String(id),
  );
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

type ListExchanges = (filter: ExchangeFilter) => Promise<RecordedExchange[]>;

async function withExchanges<T>(work: (list: ListExchanges) => Promise<T>): Promise<T> {
  const { withSession } = await import("./session.js");
  const { makeExchangeStore } = await import("../store/sandbox/exchanges.js");
  const { toRecordedExchange } = await import("../sandbox/recorder/index.js");
  return withSession(({ database }) => {
    const store = makeExchangeStore(database);
    return work(async (filter) => (await store.list(filter)).map(toRecordedExchange));
  });
}

function toFilter({ contract, client, after, limit }: RequestsOptions): ExchangeFilter {
  return { ...omitUndefined({ contract, clientId: client, after: after === undefined ? undefined : Number(after) }), limit };
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
