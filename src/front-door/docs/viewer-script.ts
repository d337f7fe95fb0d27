import { makeScript } from "../../pages/framework/script";

/**
 * Colours of the viewer with the contrast that WCAG 2 §1.4.3 asks for, which its own palette lacks. The viewer brings its own main
 * element and, on a narrow window, a second banner, which has nothing to show while there is no side bar. Its row of statuses could
 * be scrolled with a mouse only, so it wraps.
 */
const style = `
body { margin: 0; background: #fff; color: #17231e; font: 1rem/1.5 system-ui, sans-serif; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; padding: .75rem clamp(1rem, 4vw, 3.75rem); border-bottom: 1px solid #c6d0cb; }
.top a { color: #0b6b4b; }
.brand { font-weight: 650; }
#viewer a[href*="/playground?"] { color: #0b6b4b !important; font-weight: 650; }
.top ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
.top .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.t-doc__header { display: none !important; }
@media (max-width: 40rem) { .property-const, .property-detail { display: inline-block !important; max-width: 15rem !important; white-space: normal !important; overflow-wrap: anywhere !important; } }
.light-mode, .dark-mode { --scalar-color-3: var(--scalar-color-2) !important; }
.light-mode { --scalar-color-2: #5b5b5b !important; --scalar-color-green: #0b6b4b !important; --scalar-color-orange: #9a3f00 !important; --scalar-color-red: #a3161f !important; }
.custom-scroll[class*="mb-"] { flex-wrap: wrap; height: auto !important; overflow: visible !important; }
@media (prefers-color-scheme: dark) {
  body { background: #0f0f0f; color: #e9efec; }
  .top { border-color: #35423c; }
  .top a { color: #5cd3a4; }
  #viewer a[href*="/playground?"] { color: #5cd3a4 !important; }
}
`;

/**
 * Puts the viewer in the place of the page's own reference, once it and the document are there. Its extras that talk to its vendor are
 * off, and so is its form for requests, which people with a keyboard or a screen reader cannot use: each operation has the page's
 * link to the playground at its beginning instead.
 */
export const viewerScript = makeScript(
  `
const box = document.getElementById("viewer");
async function load() {
  const answer = await fetch(box.dataset.document);
  if (!answer.ok) return;
  const content = await answer.json();
  const links = new Map([...document.querySelectorAll("[data-try]")].map((link) => [link.dataset.try, link]));
  for (const operation of Object.values(content.paths).flatMap(Object.values)) {
    const link = links.get(operation.operationId);
    if (link) operation.description = "[" + link.textContent + "](" + link.href + ")\\n\\n" + (operation.description ?? "");
  }
  show(content);
}
function show(content) {
  for (const own of document.querySelectorAll("style:not(#scalar-style)")) own.remove();
  const style = document.createElement("style");
  style.textContent = ${JSON.stringify(style)};
  document.head.append(style);
  document.querySelector(".top").append(document.getElementById("of-this"));
  document.querySelector("main").replaceWith(box);
  box.hidden = false;
  Scalar.createApiReference(box, {
    content,
    servers: [{ url: new URL(".", location.href).href.slice(0, -1) }],
    forceDarkModeState: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    hideDarkModeToggle: true, withDefaultFonts: false, telemetry: false, showDeveloperTools: "never", hideClientButton: true,
    hideTestRequestButton: true, agent: { disabled: true }, mcp: { disabled: true }, documentDownloadType: "none", showSidebar: false,
    hideSearch: true, hideModels: true, theme: "none",
  });
}
const program = document.createElement("script");
program.src = box.dataset.asset;
program.onload = load;
document.head.append(program);
`,
  { fetches: true },
);
