import { listOperations } from "../../http/operations";
import { type Html, html } from "../../pages/framework/html";
import { linkTo } from "../../pages/framework/page";
import type { DoorService } from "../ports";
import { renderOverview } from "../table";

/** Renders the supporting APIs. What a browser can open is a link: health, metadata, the key set. */
export function renderServices(services: readonly DoorService[]): Html {
  const rows = services.filter(({ enabled }) => enabled).map(renderService);
  return html`<section aria-labelledby="services">
    <h2 id="services">Beside the contracts</h2>
    ${renderOverview("The services", ["Service", "Operations", "To try"], rows)}
  </section>`;
}

function renderService({ name, spec }: DoorService): Html {
  const operations = listOperations(spec).map(({ method, path }) => {
    const call = html`<code>${method.toUpperCase()} ${path}</code>`;
    const opens = method === "get" && !("security" in spec) && isOpen(spec, path);
    return html`<div>${opens ? html`<a href=".${path}">${call}</a>` : call}</div>`;
  });
  return html`<tr>
    <th scope="row"><a href="${linkTo("/docs", { contract: name })}">${name}</a></th>
    <td>${operations}</td>
    <td>
      <a href="${linkTo("/playground", { contract: name })}">Playground<span class="hidden"> of ${name}</span></a>
    </td>
  </tr>`;
}

/** Whether an operation needs no credentials. */
function isOpen({ paths }: DoorService["spec"], path: string): boolean {
  const { get } = (paths as Readonly<Record<string, { get?: { security?: readonly unknown[] } }>>)[path] ?? {};
  return (get?.security ?? []).length === 0;
}
