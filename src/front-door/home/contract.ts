import { findTokenPath } from "../../contracts/wire";
import { listDemoClients } from "../../contracts/demo";
import { toBaseUrl } from "../../http/address";
import { listOperations } from "../../http/operations";
import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import { renderCommand, renderValue } from "../copy";
import type { FrontDoorDemo } from "../options";
import type { DoorContract, FrontDoorPorts } from "../ports";
import { linkToSpec } from "../spec-files";
import { authMethodWords, grantWords } from "../words";

/** Renders what an integrator must know of a contract first. @param now epoch milliseconds */
export function renderContract(door: DoorContract, now: number, { issuer, demo }: Pick<FrontDoorPorts, "issuer" | "demo">): Html {
  const { contract, enabled } = door;
  const { name, policy, spec, address } = contract;
  const path = findTokenPath(contract);
  const operation = listOperations(spec).find((each) => each.path === path);
  const url = `${toBaseUrl(address, issuer)}${path}`;
  return html`<section aria-labelledby="${name}">
    <h2 id="${name}">${name} ${renderState(door, now)}</h2>
    <p><code>${operation?.method.toUpperCase() ?? "POST"} ${url}</code></p>
    <dl class="facts">
      <dt>A client proves itself by</dt>
      <dd>${joinWords(policy.authMethods.map((method) => authMethodWords[method]))}</dd>
      <dt>It asks with</dt>
      <dd>${joinWords(policy.grants.map((grant) => grantWords[grant]))}</dd>
      <dt>It sends</dt>
      <dd>${operation?.mediaType ?? "no body"}${scopeWords[policy.scope]}</dd>
    </dl>
    ${enabled && demo !== undefined ? renderDemo(contract, demo) : undefined}
    <ul class="links" role="list">
      <li>
        <a href="${linkTo("/docs", { contract: name })}">Reference<span class="hidden"> of ${name}</span></a>
      </li>
      <li>
        <a href="${linkTo("/errors", { contract: name })}">Errors<span class="hidden"> of ${name}</span></a>
      </li>
      <li>
        <a href="${linkToSpec(name, "json")}">OpenAPI<span class="hidden"> of ${name}</span> (JSON)</a>
      </li>
      <li>
        <a href="${linkToSpec(name, "yaml")}">OpenAPI<span class="hidden"> of ${name}</span> (YAML)</a>
      </li>
    </ul>
  </section>`;
}

const scopeWords = {
  registered: "; no scope, the token gets all that the client has",
  optional: "; a scope if it wants less than it has",
  required: "; the scope that it wants",
};

function renderState({ enabled, opensAt }: DoorContract, now: number): Html {
  if (!enabled) return html`<span class="mark bad">off</span>`;
  const opening = opensAt?.(now);
  if (opening === undefined) return html`<span class="mark good">on</span>`;
  return html`<span class="mark bad">outside working hours, opens ${new Date(opening).toISOString().slice(0, 16)} UTC</span>`;
}

function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

function renderDemo(contract: DoorContract["contract"], demo: FrontDoorDemo): Html {
  const { name } = contract;
  const clients = listDemoClients(contract).map(({ id }) => {
    const secret = demo.secrets[id];
    return html`
      <dt>Demo client</dt>
      <dd>${renderValue(`the id ${id}`, id)}</dd>
      <dt>Its secret</dt>
      <dd>${secret === undefined ? "none: the command signs, or the client is public" : renderValue(`the secret of ${id}`, secret)}</dd>
    `;
  });
  const own = demo.commands.filter(({ contract: each }) => each === name);
  const first = own.find(({ isFlow }) => !isFlow);
  const others = own.filter(({ isFlow }) => isFlow);
  return html`
    <dl class="facts">${clients}</dl>
    ${first === undefined ? undefined : renderCommand(`the command for a token of ${name}`, first.text)}
    ${others.map(
      ({ title, text }) => html`
        <details>
          <summary>Where a person takes part: ${title}</summary>
          ${renderCommand(`the commands for ${title} of ${name}`, text)}
        </details>
      `,
    )}
  `;
}
