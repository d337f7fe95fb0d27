import { type Html, html } from "../pages/framework/html";

/** Renders a table that scrolls by itself where the window is narrow. */
export function renderTable(caption: string, columns: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      ${renderRows(columns, rows)}
    </table>
  </div>`;
}

/** Renders a table whose rows become blocks where the window is narrow. @param caption for those who do not see the table */
export function renderOverview(caption: string, columns: readonly string[], rows: readonly Html[]): Html {
  return html`<table class="overview">
    <caption class="hidden">
      ${caption}
    </caption>
    ${renderRows(columns, rows)}
  </table>`;
}

function renderRows(columns: readonly string[], rows: readonly Html[]): Html {
  return html`<thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>`;
}
