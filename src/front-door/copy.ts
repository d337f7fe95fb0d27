import { type Html, html } from "../pages/framework/html";
import { makeScript } from "../pages/framework/script";

/**
 * Renders commands that can be copied where the browser runs scripts.
 * @param what is copied, for those who do not see where the button is: "the command for …"
 */
export function renderCommand(what: string, text: string): Html {
  return html`<div class="copy" data-copy="${what}">
    <pre tabindex="0" role="group" aria-label="${what}"><code>${text}</code></pre>
  </div>`;
}

/** Renders a short value that can be copied. */
export function renderValue(what: string, text: string): Html {
  return html`<span class="value" data-copy="${what}"><code>${text}</code></span>`;
}

/**
 * Adds a button to everything that can be copied. `navigator.clipboard` exists only at https and localhost; elsewhere the text is
 * selected, and the older command copies the selection.
 */
export const copyScript = makeScript(`
const status = document.createElement("p");
status.className = "hidden";
status.setAttribute("role", "status");
document.querySelector("main").append(status);
async function copy(code) {
  if (navigator.clipboard) return navigator.clipboard.writeText(code.textContent);
  getSelection().selectAllChildren(code);
  document.execCommand("copy");
}
for (const box of document.querySelectorAll("[data-copy]")) {
  const code = box.querySelector("code");
  const button = document.createElement("button");
  const what = document.createElement("span");
  what.className = "hidden";
  what.textContent = " " + box.dataset.copy;
  button.type = "button";
  button.className = "small quiet";
  button.append("Copy", what);
  button.addEventListener("click", async () => {
    await copy(code);
    button.firstChild.data = "Copied";
    status.textContent = "Copied " + box.dataset.copy;
    setTimeout(() => { button.firstChild.data = "Copy"; status.textContent = ""; }, 2000);
  });
  box.append(button);
}
`);
