/** Renders docs/statuses.md. */
import type { ReceivedResponse } from "../bad-input/request-builder";
import { type StatusCause, statusKey } from "./cause";
import type { DeclaredStatus } from "./declared-statuses";

export interface ProducedStatus {
  cause: StatusCause;
  answer: ReceivedResponse;
}

const shownHeaders = ["allow", "retry-after", "www-authenticate", "x-ratelimit-limit", "x-ratelimit-reset"];
const maxBodyLength = 200;

/** @param declaredStatuses the declared statuses, in the order of the page @param produced the causes that were produced, with their responses */
export function renderPage(declaredStatuses: readonly DeclaredStatus[], produced: readonly ProducedStatus[]): string {
  const operations = [...new Set(declaredStatuses.map(({ contract, method, path }) => `${contract} · ${method.toUpperCase()} ${path}`))];
  const sections = operations.map((operation) => {
    const own = declaredStatuses.filter(({ contract, method, path }) => `${contract} · ${method.toUpperCase()} ${path}` === operation);
    const rows = own.flatMap((declaredStatus) => renderRows(declaredStatus, produced));
    return [`## ${operation}`, "", "| declared | cause | answer |", "| --- | --- | --- |", ...rows, ""].join("\n");
  });
  return `${head}\n${sections.join("\n")}`;
}

const head = `# Every documented status, and what causes it

\`test/qualities/statuses\` writes this page. Every \`make test\` produces each of these causes at a running server, and fails if
the page differs from what the server answered. \`UPDATE_STATUSES=1 npx jest test/qualities/statuses\` writes the page again. \`…\`
stands for values that differ from one answer to the next. Only the headers that belong to the status are shown.
`;

function renderRows(declaredStatus: DeclaredStatus, produced: readonly ProducedStatus[]): string[] {
  const name = statusKey(declaredStatus);
  return produced
    .filter(({ cause }) => statusKey(cause) === name)
    .map(({ cause, answer }) => `| ${declaredStatus.declared} | ${escapeCell(cause.description)} | ${renderAnswer(answer)} |`);
}

function renderAnswer({ status, headers, text }: ReceivedResponse): string {
  const all = headers as Record<string, string>;
  const own = shownHeaders.flatMap((name) => (all[name] === undefined ? [] : [`${name}: ${all[name]}`]));
  const body = text === "" ? "no body" : `\`${shorten(maskChangingParts(text))}\``;
  return escapeCell([`${status}`, ...own.map((header) => `\`${header}\``), body].join(" · "));
}

/** Replaces what differs from one response to the next. */
export function maskChangingParts(text: string): string {
  return (
    text
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "…")
      .replaceAll(/"[\w-]+\.[\w-]+\.[\w-]+"/g, '"…"')
      .replaceAll(/"(?=[\w-]*\d)[\w-]{15,}"/g, '"…"')
      // An id of 22 characters that has no digit, as one in forty has none.
      .replaceAll(/"(?=[a-z_-]*[A-Z])(?=[A-Z_-]*[a-z])[\w-]{22}"/g, '"…"')
      .replaceAll(/\b[B-Z]{4}-[B-Z]{4}\b/g, "…")
      .replaceAll(/\b\d{10,}\b/g, "…")
  );
}

function shorten(text: string): string {
  return text.length <= maxBodyLength ? text : `${text.slice(0, maxBodyLength)} …`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
