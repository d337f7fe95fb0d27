import { nameStatus } from "../../contracts/refusal-texts";
import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import type { InnerAnswer, InnerRequest } from "../../server/inner-requests";
import { explainRefusal } from "./explain";
import { checkToken, decodeToken, type Finding, isIdToken, type TokenContext } from "./token";
import type { VerifyingKeys } from "../ports";
import { sayTime } from "./times";

/** Characters of an answer that a page shows. */
const longestShown = 32 * 1024;

export function renderRequest({ method, path, headers, body }: InnerRequest): Html {
  const lines = [`${method} ${path}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  const text = body === undefined ? lines.join("\n") : `${lines.join("\n")}\n\n${beautify(body)}`;
  return html`<section aria-labelledby="request">
    <h2 id="request">Request</h2>
    <pre tabindex="0"><code>${text}</code></pre>
  </section>`;
}

/** @param contract where its errors are listed; undefined for a supporting API */
export function renderAnswer(answer: InnerAnswer, contract?: string): Html {
  const { status, headers, text, isWhole, refusal } = answer;
  const lines = [`${status} ${nameStatus(status)}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const shown = beautify(text).slice(0, longestShown);
  const cut = isWhole && shown.length < longestShown ? undefined : html`<p class="soft">Only the beginning is shown.</p>`;
  const mark = status < 300 ? html`<span class="mark good">${status}</span>` : html`<span class="mark bad">${status}</span>`;
  return html`<section aria-labelledby="answer">
    <h2 id="answer">Answer ${mark}</h2>
    ${refusal === undefined ? undefined : renderAlert("What it means", explainRefusal(refusal), contract && renderErrorsLink(contract))}
    <pre tabindex="0"><code>${lines.join("\n")}${shown === "" ? "" : `\n\n${shown}`}</code></pre>
    ${cut}
  </section>`;
}

function renderErrorsLink(contract: string): Html {
  return html`<p><a href="${linkTo("/errors", { contract })}">All errors of ${contract}</a></p>`;
}

/** Why nothing came of a form that was made for the browser as it was before. */
export const outdatedForm = [
  "The browser has logged in or out since the form was made. Send it again. If this repeats, allow cookies for this site.",
];

export function renderAlert(title: string, sentences: readonly string[], more?: Html | ""): Html {
  return html`<div class="alert" role="alert">
    <p><strong>${title}</strong></p>
    ${sentences.map((sentence) => html`<p>${sentence}</p>`)} ${more === "" ? undefined : more}
  </div>`;
}

/** Indents JSON, and gives each parameter of a form its line. Any other text stays as it is. */
function beautify(text: string): string {
  if (/^[\w.-]+=[^\s"{]*$/.test(text)) return text.replaceAll("&", "\n&");
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The JSON object of an answer; empty for any other. */
export function readMembers({ text }: InnerAnswer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Renders every token of an answer, decoded and checked. @returns undefined if it has none @throws Unavailable */
export async function renderTokens(answer: InnerAnswer, context: TokenContext, keys: VerifyingKeys): Promise<Html | undefined> {
  const members = listTexts("", readMembers(answer));
  const tokens = members.filter(([name, value]) => decodeToken(value) !== undefined || name === "refresh_token");
  if (answer.status >= 300 || tokens.length === 0) return undefined;
  const access = members.find(([name]) => name === "access_token")?.[1];
  const parts: Html[] = [];
  for (const [name, value] of tokens) {
    parts.push(renderToken(name, value, await checkToken(value, { accessToken: access, ...context }, keys), context.now));
  }
  return html`<section aria-labelledby="tokens">
    <h2 id="tokens">${tokens.length === 1 ? "Token" : "Tokens"}</h2>
    ${parts}
  </section>`;
}

export function renderFindings(findings: readonly Finding[]): Html {
  return html`<ul class="findings" role="list">
    ${findings.map(({ verdict, text }) => html`<li class="${verdict}"><span class="hidden">${verdict}: </span>${text}</li>`)}
  </ul>`;
}

/** Lists the texts in a JSON value by their paths, such as `data.token`. */
function listTexts(path: string, value: unknown): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => listTexts(path === "" ? name : `${path}.${name}`, member));
}

function renderToken(name: string, value: string, findings: readonly Finding[], now: number): Html {
  const decoded = decodeToken(value);
  const kind = decoded !== undefined && isIdToken(decoded) ? " (an id_token)" : "";
  const title = html`<h3>${name}${name === "id_token" ? "" : kind}</h3>`;
  if (decoded === undefined)
    return html`${title}${renderFindings(findings)}
      <pre tabindex="0"><code class="break">${value}</code></pre>`;
  const times = renderTimes(decoded.claims, now);
  return html`${title}
    <div class="columns">
      <div>${renderFindings(findings)}</div>
      ${times}
    </div>
    <div class="columns">
      ${renderJson(`Header of ${name}`, "Header", decoded.header)} ${renderJson(`Claims of ${name}`, "Claims", decoded.claims)}
    </div>
    <details>
      <summary>The token as it came</summary>
      <pre tabindex="0"><code class="break">${value}</code></pre>
    </details>`;
}

function renderJson(label: string, title: string, value: object): Html {
  return html`<div>
    <h4>${title}</h4>
    <pre tabindex="0" role="group" aria-label="${label}"><code>${JSON.stringify(value, null, 2)}</code></pre>
  </div>`;
}

const timeNames: ReadonlyMap<string, string> = new Map([
  ["iat", "issued"],
  ["nbf", "good from"],
  ["exp", "expires"],
  ["auth_time", "the person logged in"],
]);

function renderTimes(claims: Readonly<Record<string, unknown>>, now: number): Html | undefined {
  const times = Object.entries(claims).flatMap(([name, value]) => {
    const words = timeNames.get(name);
    return words === undefined || typeof value !== "number"
      ? []
      : [
          html`<dt>${name} (${words})</dt>
            <dd>${sayTime(value, now)}</dd>`,
        ];
  });
  return times.length === 0 ? undefined : html`<dl class="facts">${times}</dl>`;
}
