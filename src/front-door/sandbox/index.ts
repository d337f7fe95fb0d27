import type { ArmedFault, Faults } from "../../sandbox/fault";
import type { Recorder } from "../../sandbox/recorder";
import { type Html, html } from "../../pages/framework/html";
import { linkTo, type Page } from "../../pages/framework/page";
import type { Frame } from "../frame";
import { renderTable } from "../table";
import { renderExchange } from "./exchange";
import { followScript } from "./follow-script";

/** What the page of the sandbox shows. */
export interface SandboxView {
  faults: Pick<Faults, "list">;
  recorder: Pick<Recorder, "list">;
}

/** Exchanges on the page. */
const shownExchanges = 50;

/**
 * Makes the page at `/sandbox`: the faults that wait, and what clients sent and got. Where the browser runs scripts, it follows them.
 * @param names of the contracts and services to choose from
 */
export function makeSandboxPage({ faults, recorder }: SandboxView, names: readonly string[], frame: Frame): Page {
  return {
    path: "/sandbox",
    enabled: true,
    get: async ({ query }) => {
      const chosen: Chosen = { contract: query("contract"), client: query("client") };
      const { contract, client } = chosen;
      const filter = {
        limit: shownExchanges,
        ...(contract !== undefined && { contract }),
        ...(client !== undefined && { clientId: client }),
      };
      const [armed, exchanges] = await Promise.all([faults.list(), recorder.list(filter)]);
      const rows = exchanges.toReversed().map((exchange) => renderExchange(exchange));
      const none = html`<p>No such request has come yet. Send one, and it is here.</p>`;
      const content = html`
        <h1>Sandbox</h1>
        <p class="lead">
          What clients sent to this server and what they got, the newest first. Where a value may have been a secret, it says so instead.
        </p>
        ${renderFilter(chosen, names)}
        <div id="live">
          <section aria-labelledby="faults">
            <h2 id="faults">Armed faults</h2>
            ${renderFaults(armed)}
          </section>
          <section aria-labelledby="requests">
            <h2 id="requests">Requests${contract === undefined ? "" : ` for ${contract}`}${client === undefined ? "" : ` of ${client}`}</h2>
            ${rows.length === 0 ? none : rows}
          </section>
        </div>
      `;
      return frame({ path: "/sandbox", title: "Sandbox", content, scripts: [followScript] });
    },
  };
}

/** Which requests are shown; undefined for every. */
interface Chosen {
  contract: string | undefined;
  client: string | undefined;
}

function renderFilter({ contract, client }: Chosen, names: readonly string[]): Html {
  const options = names.map((name) => (name === contract ? html`<option selected>${name}</option>` : html`<option>${name}</option>`));
  const query = Object.fromEntries(Object.entries({ contract, client }).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  return html`<form action="${linkTo("/sandbox")}" class="filter">
    <div>
      <label for="contract">Contract or service</label>
      <select id="contract" name="contract">
        <option value="">Every</option>
        ${options}
      </select>
    </div>
    <div>
      <label for="client">Client id</label>
      <input id="client" name="client" value="${client}" autocomplete="off" autocapitalize="off" spellcheck="false" />
    </div>
    <div class="links">
      <button type="submit" class="quiet">Show</button>
      <a href="${linkTo("/sandbox", query)}" data-follow="">Reload</a>
    </div>
  </form>`;
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
  return renderTable("They wait for the next requests", ["Contract", "Client", "Times", "What goes wrong"], rows);
}
