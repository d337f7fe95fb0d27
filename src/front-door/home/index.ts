import { html } from "../../pages/framework/html";
import type { Page } from "../../pages/framework/page";
import { copyScript } from "../copy";
import type { Frame } from "../frame";
import type { FrontDoorPorts } from "../ports";
import { renderContract, renderContractTable } from "./contract";
import { renderLogins } from "./logins";
import { renderServices } from "./services";

/** Makes the page at `/`: what this server is, what it serves, and how to get a first token. */
export function makeHomePage(ports: FrontDoorPorts, frame: Frame): Page {
  const { contracts, services, demo, clock, sandbox } = ports;
  return {
    path: "/",
    enabled: true,
    browsersOnly: true,
    get: () => {
      const now = clock();
      const content = html`
        <h1>A token server that speaks ${contracts.length} contracts</h1>
        <p class="lead">
          Each contract is the token endpoint of one API, with its own fields, answers and errors. One engine decides about all of them, so
          what a client learns here is what it will meet there.
        </p>
        ${demo === undefined ? undefined : html`<p>This is a demonstration: the credentials below work here and nowhere else.</p>`}
        ${renderContractTable(contracts, now, sandbox !== undefined)} ${contracts.map((each) => renderContract(each, now, ports))}
        ${demo === undefined ? undefined : renderLogins(demo)} ${renderServices(services)}
      `;
      const scripts = demo === undefined ? [] : [copyScript];
      return Promise.resolve({ ...frame({ path: "/", title: "Start", content, scripts }), headers: { Vary: "Accept" } });
    },
  };
}
