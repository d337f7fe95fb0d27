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
import { renderOverview } from "../table";

/** Renders one row for each contract: where it is, whether it answers, and what there is to read and to try. */
export function renderContractTable(contracts: readonly DoorContract[], now: number, hasSandbox: boolean): Html {
  const rows = contracts.map((door) => {
    const { name, address } = door.contract;
    const { method, path } = findTokenCall(door);
    return html`<tr>
      <th scope="row"><a href="#${name}">${name}</a></th>
      <td><code>${method} ${address.host ?? ""}${path}</code></td>
      <td>${renderState(door, now)}</td>
      <td>${renderLinks(door, hasSandbox)}</td>
    </tr>`;
  });
  return renderOverview("The contracts", ["Contract", "Endpoint", "State", "To read and to try"], rows);
}

function findTokenCall({ contract }: DoorContract): { method: string; path: string; mediaType: string | undefined } {
  const path = findTokenPath(contract);
  const { method = "post", mediaType } = listOperations(contract.spec).find((each) => each.path === path) ?? {};
  return { method: method.toUpperCase(), path, mediaType };
}

function renderLinks({ contract: { name }, enabled }: DoorContract, hasSandbox: boolean): Html {
  const links: [`/${string}`, string][] = [
    ["/docs", "Reference"],
    ["/errors", "Errors"],
    ...(enabled ? [["/playground", "Playground"] as [`/${string}`, string]] : []),
    ...(hasSandbox ? [["/sandbox", "Sandbox"] as [`/${string}`, string]] : []),
  ];
  const items = links.map(
    ([path, label]) =>
      html`<li>
        <a href="${linkTo(path, { contract: name })}">${label}<span class="hidden"> of ${name}</span></a>
      </li>`,
  );
  return html`<ul class="links" role="list">
    ${items}
  </ul>`;
}

/** Renders what an integrator must know of a contract first. @param now epoch milliseconds */
export function renderContract(door: DoorContract, now: number, { issuer, demo }: Pick<FrontDoorPorts, "issuer" | "demo">): Html {
  const { contract, enabled } = door;
  const { name, policy, address } = contract;
  const { method, path, mediaType } = findTokenCall(door);
  return html`<section aria-labelledby="${name}">
    <h2 id="${name}">${name} ${renderState(door, now)}</h2>
    <p><code>${method} ${toBaseUrl(address, issuer)}${path}</code></p>
    <dl class="facts">
      <dt>A client proves itself by</dt>
      <dd>${joinWords(policy.authMethods.map((each) => authMethodWords[each]))}</dd>
      <dt>It asks with</dt>
      <dd>${joinWords(policy.grants.map((grant) => grantWords[grant]))}</dd>
      <dt>It sends</dt>
      <dd>${mediaType ?? "no body"}${scopeWords[policy.scope]}</dd>
      <dt>Its document</dt>
      <dd>
        <a href="${linkToSpec(name, "json")}">OpenAPI<span class="hidden"> of ${name}</span> (JSON)</a>,
        <a href="${linkToSpec(name, "yaml")}">OpenAPI<span class="hidden"> of ${name}</span> (YAML)</a>
      </dd>
    </dl>
    ${enabled && demo !== undefined ? renderDemo(contract, demo) : undefined}
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
