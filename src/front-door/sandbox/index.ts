import type { ArmedFault, Faults } from "../../sandbox/fault";
import type { Recorder } from "../../sandbox/recorder";
import { type Html, html } from "../../pages/framework/html";
import { linkTo, type Page } from "../../pages/framework/page";
import type { Frame } from "../frame";
import { renderExchange } from "./exchange";
import { followScript } from "./follow-script";

/** What the page of the sandbox shows. */
export interface SandboxView {
  faults: Pick<Faults, "list">;
  recorder: Pick<Recorder, "list">;
}

/** Exchanges on the page. */
const shownExchanges = 50;

/** Makes the page at `/sandbox`: the faults that wait, and what clients sent and got. Where the browser runs scripts, it follows them. */
export function makeSandboxPage({ faults, recorder }: SandboxView, frame: Frame): Page {
  return {
    path: "/sandbox",
    enabled: true,
    get: async ({ query }) => {
      const contract = query("contract");
      const filter = { limit: shownExchanges, ...(contract !== undefined && { contract }) };
      const [armed, exchanges] = await Promise.all([faults.list(), recorder.list(filter)]);
      const rows = exchanges.toReversed().map((exchange) => renderExchange(exchange));
      const all = contract === undefined ? undefined : html`<p><a href="${linkTo("/sandbox")}">Show those of every contract</a></p>`;
      const none = html`<p>No request has come yet. Send one, and it is here.</p>`;
      const content = html`
        <h1>Sandbox</h1>
        <p class="lead">
          What clients sent to this server and what they got, the newest first. Where a value may have been a secret, it says so instead.
        </p>
        <p><a href="${linkTo("/sandbox", contract === undefined ? {} : { contract })}" data-follow="">Reload</a></p>
        <div id="live">
          <section aria-labelledby="faults">
            <h2 id="faults">Armed faults</h2>
            ${renderFaults(armed)}
          </section>
          <section aria-labelledby="requests">
            <h2 id="requests">${contract === undefined ? "Requests" : html`Requests for ${contract}`}</h2>
            ${all} ${rows.length === 0 ? none : rows}
          </section>
        </div>
      `;
      return frame({ path: "/sandbox", title: "Sandbox", content, scripts: [followScript] });
    },
  };
}

function renderFaults(armed: readonly ArmedFault[]): Html {
  if (armed.length === 0)
    return html`<p>
      None. Arm one with <code>polymint sandbox arm CONTRACT --status 503</code>, or ask for one with the header
      <code>Prefer: code=503</code>.
    </p>`;
  const rows = armed.map(({ contract, clientId, times, armedAt: _armedAt, ...effect }) => {
    const what = Object.entries(effect).map(([name, value]) => html`<div><code>${name}: ${JSON.stringify(value)}</code></div>`);
    return html`<tr>
      <th scope="row">${contract}</th>
      <td>${clientId ?? "every client"}</td>
      <td>${times ?? "until cleared"}</td>
      <td>${what}</td>
    </tr>`;
  });
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Contract</th>
          <th scope="col">Client</th>
          <th scope="col">Times</th>
          <th scope="col">What goes wrong</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
