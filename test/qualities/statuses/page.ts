import type { ReceivedResponse } from "../bad-input/request-builder";
import { type StatusCause, statusKey } from "./cause";
import type { DeclaredStatus } from "./declared";

export interface ProducedStatus {
  cause: StatusCause;
  answer: ReceivedResponse;
}

const shownHeaders = ["allow", "retry-after", "www-authenticate", "x-ratelimit-limit", "x-ratelimit-reset"];
const maxBodyLength = 200;

/** docs/statuses.md: each declared status of each operation, with what produced it and what was answered. */
export function renderPage(pairs: readonly DeclaredStatus[], proofs: readonly ProducedStatus[]): string {
  const operations = [...new Set(pairs.map(({ contract, method, path }) => `${contract} · ${method.toUpperCase()} ${path}`))];
  const sections = operations.map((operation) => {
    const own = pairs.filter(({ contract, method, path }) => `${contract} · ${method.toUpperCase()} ${path}` === operation);
    const rows = own.flatMap((pair) => renderRows(pair, proofs));
    return [`## ${operation}`, "", "| declared | cause | answer |", "| --- | --- | --- |", ...rows, ""].join("\n");
  });
  return `${head}\n${sections.join("\n")}`;
}

const head = `# Every documented status, and what causes it

Written by \`test/qualities/statuses\`, which produces each of these causes at a running server on every \`make test\` and fails if
this page says anything else; \`UPDATE_STATUSES=1 npx jest test/qualities/statuses\` writes it anew. Values that differ from
one answer to the next are shown as \`…\`. Of the headers, those are shown that belong to the status.
`;

function renderRows(pair: DeclaredStatus, proofs: readonly ProducedStatus[]): string[] {
  const name = statusKey(pair);
  return proofs
    .filter(({ cause }) => statusKey(cause) === name)
    .map(({ cause, answer }) => `| ${pair.declared} | ${escapeCell(cause.description)} | ${renderAnswer(answer)} |`);
}

function renderAnswer({ status, headers, text }: ReceivedResponse): string {
  const all = headers as Record<string, string>;
  const own = shownHeaders.flatMap((name) => (all[name] === undefined ? [] : [`${name}: ${all[name]}`]));
  const body = text === "" ? "no body" : `\`${shorten(maskChangingParts(text))}\``;
  return escapeCell([`${status}`, ...own.map((header) => `\`${header}\``), body].join(" · "));
}

/** The text with everything replaced that is made anew for each answer. */
function maskChangingParts(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "…")
    .replaceAll(/"[\w-]+\.[\w-]+\.[\w-]+"/g, '"…"')
    .replaceAll(/"(?=[\w-]*\d)[\w-]{15,}"/g, '"…"')
    .replaceAll(/\b[B-Z]{4}-[B-Z]{4}\b/g, "…")
    .replaceAll(/\b\d{10,}\b/g, "…");
}

function shorten(text: string): string {
  return text.length <= maxBodyLength ? text : `${text.slice(0, maxBodyLength)} …`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
