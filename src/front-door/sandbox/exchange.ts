import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import type { RecordedExchange } from "../../sandbox/recorder/exchange";

/** Renders an exchange as one line that opens. */
export function renderExchange(exchange: RecordedExchange): Html {
  const { id, at, contract, clientId, method, path, status, refusal, correlationId, durationMs, request, answer } = exchange;
  const mark = status === null ? "no answer" : String(status);
  const facts: [string, string | Html | null][] = [
    ["Contract", contract === null ? "none has this path" : html`<a href="${linkTo("/sandbox", { contract })}">${contract}</a>`],
    ["Client", clientId === null ? "none proved itself" : html`<a href="${linkTo("/sandbox", { client: clientId })}">${clientId}</a>`],
    ["Refused because", refusal],
    ["In the log", correlationId],
  ];
  return html`<details id="exchange-${id}">
    <summary>
      <span class="mark ${status !== null && status < 400 ? "good" : "bad"}">${mark}</span>
      <code>${method} ${path}</code>
      <small>${refusal ?? ""} ${new Date(at).toISOString().slice(11, 23)} · ${durationMs} ms</small>
    </summary>
    <dl class="facts">
      ${facts.map(([name, value]) =>
        value === null
          ? html``
          : html`<dt>${name}</dt>
              <dd>${value}</dd>`,
      )}
    </dl>
    ${renderPart("Request", { ...request.headers }, [
      ["query", request.query],
      ["body", request.body],
    ])}
    ${renderPart("Answer", { ...answer.headers }, [["body", answer.body]])}
  </details>`;
}

function renderPart(title: string, headers: Record<string, unknown>, parts: readonly (readonly [string, unknown])[]): Html {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  const shown = parts.filter(([, value]) => value !== undefined && JSON.stringify(value) !== "{}");
  const texts = shown.map(([name, value]) => `${name}: ${JSON.stringify(value, null, 2)}`);
  return html`<h3>${title}</h3>
    <pre tabindex="0" role="group" aria-label="${title}"><code class="break">${[...lines, ...texts].join("\n")}</code></pre>`;
}
