import { createHash } from "node:crypto";

/** The style of every page. It is part of the page: the browser fetches nothing, and the policy allows exactly these bytes. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #eef2f0; --card: #fff; --text: #17231e; --soft: #4d5c55; --line: #c6d0cb; --field: #7c8a83;
  --strong: #0b6b4b; --strong-text: #fff; --strong-over: #085239; --tint: #e6f3ed;
  --bad: #a3161f; --bad-tint: #fdf0f0; --focus: #1257c9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101614; --card: #19211e; --text: #e9efec; --soft: #a9b7b0; --line: #35423c; --field: #7f8e87;
    --strong: #5cd3a4; --strong-text: #06231a; --strong-over: #83e3bd; --tint: #1d2f28;
    --bad: #ff9d9d; --bad-tint: #3a1d1f; --focus: #8ab8ff;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center;
  padding: clamp(1rem, 6vh, 4rem) 1rem 2rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
.top { margin: 0 0 1rem; }
.brand { display: flex; align-items: center; gap: .5rem; font-weight: 650; letter-spacing: .01em; color: var(--soft); }
.brand::before { content: ""; width: .8rem; height: .8rem; border-radius: .15rem .5rem; background: var(--strong); }
main {
  width: 100%; max-width: 27rem; padding: clamp(1.25rem, 5vw, 2rem); background: var(--card);
  border: 1px solid var(--line); border-radius: .9rem; box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 8px 28px rgb(0 0 0 / .07);
  overflow-wrap: anywhere;
}
h1 { margin: 0 0 .35rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
h2 { margin: 1.25rem 0 .35rem; font-size: 1rem; line-height: 1.4; }
p { margin: 0 0 1rem; }
.lead, .soft { color: var(--soft); }
.soft { font-size: .9rem; }
main > :last-child, form > :last-child { margin-bottom: 0; }
form + p { margin-top: 1rem; }
label { display: block; margin: 1rem 0 .3rem; font-weight: 600; }
.hint { display: block; margin: -.15rem 0 .35rem; font-size: .9rem; font-weight: 400; color: var(--soft); }
input {
  display: block; width: 100%; min-height: 2.9rem; padding: .55rem .75rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--field); border-radius: .5rem;
}
input[aria-invalid="true"] { border-color: var(--bad); border-width: 2px; }
input.code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-size: 1.35rem; letter-spacing: .12em; text-transform: uppercase; }
.field-error { margin: .3rem 0 0; font-size: .9rem; color: var(--bad); }
.alert { margin: 1rem 0; padding: .75rem 1rem; border-left: .3rem solid var(--bad); border-radius: .4rem; background: var(--bad-tint); }
.alert p { margin: 0; }
.alert p + p { margin-top: .5rem; }
button, .button {
  display: inline-block; width: 100%; min-height: 2.9rem; padding: .6rem 1.1rem; font: inherit; font-weight: 650; text-align: center;
  text-decoration: none; cursor: pointer; border: 1px solid var(--strong); border-radius: .5rem; background: var(--strong); color: var(--strong-text);
}
button:hover, .button:hover { background: var(--strong-over); border-color: var(--strong-over); }
button.quiet { background: transparent; color: inherit; border-color: var(--field); }
button.quiet:hover { background: var(--tint); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 1rem; }
.actions > * { flex: 1 1 9rem; width: auto; }
a { color: var(--strong); text-underline-offset: .2em; }
a:hover { text-decoration-thickness: .12em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.who { display: flex; flex-direction: column; margin: 1rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
.who b { font-weight: 600; }
.list { margin: 0 0 1rem; padding: 0; list-style: none; }
.list li { padding: .6rem 0 .6rem 1.75rem; border-top: 1px solid var(--line); position: relative; }
.list li:first-child { border-top: 0; }
.list li::before {
  content: ""; position: absolute; left: .3rem; top: 1rem; width: .4rem; height: .75rem; transform: rotate(45deg);
  border: solid var(--strong); border-width: 0 .17rem .17rem 0;
}
code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-size: .92em; }
@media (forced-colors: active) { .alert { border: 2px solid; } .brand::before { forced-color-adjust: none; } }
`;

/** The style as a Content-Security-Policy names it (CSP Level 3 §2.3.1). */
export const styleSource = `'sha256-${createHash("sha256").update(style).digest("base64")}'`;
